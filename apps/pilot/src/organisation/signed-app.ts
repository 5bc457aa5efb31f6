/**
 * The messenger as this pilot's organisation signs it, in the data folder: what was built belongs to no organisation.
 * The real path runs always: the service worker serves nothing that is not signed.
 */
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { releaseKeyName, versionOf } from "@nimes/cli/commands/release";
import { type Organisation, openOrganisation, saveManifest } from "@nimes/cli/folder/organisation-folder";
import { makeKeyFile, openKeyFile } from "@nimes/cli/keys/key-file";
import { listReleaseFiles, type ReleaseFile } from "@nimes/cli/release/release-files";
import { nextReleaseTime, writeRelease } from "@nimes/cli/release/sign-release";
import { signNextManifest } from "@nimes/cli/sign/manifest";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import { releaseFiles } from "@nimes/protocol/release-files";
import { Signed } from "@nimes/protocol/schema";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import { openSigned } from "@nimes/protocol/signed/signed";
import type { DataFolder } from "../data-folder.ts";

/**
 * Copies what was built and signs it, unless that has been done already.
 * @param built folder of the built messenger.
 */
export async function signApp(terminal: Terminal, data: DataFolder, built: string): Promise<void> {
  const folder = data.organisation;
  const passphrase = readFileSync(data.passphraseFile, "utf8").trim();
  const place = { folder, name: releaseKeyName };
  const signer = existsSync(join(folder, "keys", `${releaseKeyName}.age`))
    ? await openKeyFile(terminal, place, passphrase)
    : await makeKeyFile(terminal, place, passphrase);
  const organisation = await trustKey(terminal, { folder, passphrase, key: signer.publicKey });
  if (await isSigned(data.app, { built: listReleaseFiles(terminal, built), signer })) return;
  rmSync(data.app, { recursive: true, force: true });
  cpSync(built, data.app, { recursive: true });
  const newest = organisation.manifests.at(-1);
  if (!newest) throw new Error("an organisation has at least one version");
  const keys = organisation.manifest.releaseKeys ?? [];
  const time = await nextReleaseTime(terminal, { folder, keys });
  const manifest = { version: versionOf(time), time, files: listReleaseFiles(terminal, data.app) };
  await writeRelease(terminal, { app: data.app, folder, manifest, organisation: newest, signer });
}

async function trustKey(
  terminal: Terminal,
  { folder, passphrase, key }: { folder: string; passphrase: string; key: Uint8Array },
): Promise<Organisation> {
  const organisation = await openOrganisation(terminal, folder);
  const { manifest: before, manifests } = organisation;
  const signed = manifests.at(-1);
  if (!signed) throw new Error("an organisation has at least one version");
  const { releaseKeys = [] } = before;
  if (releaseKeys.some((one) => equalBytes(one, key))) return organisation;
  const root = await openKeyFile(terminal, { folder, name: "root" }, passphrase);
  const next = await signNextManifest(root, {
    before: { manifest: before, signed },
    changes: { releaseKeys: [...releaseKeys, key] },
    now: terminal.now(),
  });
  saveManifest(terminal, folder, { version: next.manifest.version, signed: next.signed });
  return openOrganisation(terminal, folder);
}

/** Whether the folder holds exactly these files, signed by this key; files that were changed there stay as they are. */
async function isSigned(app: string, { built, signer }: { built: ReleaseFile[]; signer: Signer }) {
  const path = join(app, releaseFiles.release);
  const signed = existsSync(path) ? decodeCbor(Signed, new Uint8Array(readFileSync(path))) : undefined;
  if (!signed?.ok) return false;
  const opened = await openSigned("ReleaseManifest", ReleaseManifest, signed.value, [signer.publicKey]);
  return opened.ok && fingerprint(opened.value.files) === fingerprint(built);
}

const fingerprint = (files: readonly ReleaseFile[]): string =>
  files.map(({ path, sha256 }) => `${path} ${toHex(sha256)}`).join("\n");
