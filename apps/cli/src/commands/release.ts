/** `nimes release key`, `trust`, `distrust`, `sign`: whose signature makes a release, and which files one consists of. */
import { join } from "node:path";
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { releaseFiles } from "@nimes/protocol/release-files";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { makeKeyFile, openKeyFile, readPublicKey } from "../keys/key-file.ts";
import { listReleaseFiles } from "../release/release-files.ts";
import { nextReleaseTime, writeRelease } from "../release/sign-release.ts";
import { Stop } from "../stop.ts";
import { newPassphrase, passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseKey, shortKey } from "./arguments.ts";
import { requireRightClock } from "./right-clock.ts";
import { signChange } from "./sign-change.ts";

export const releaseKeyName = "release";

export async function makeReleaseKey(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts } = terminal;
  if (readPublicKey({ folder, name: releaseKeyName }))
    throw new Stop("folder", texts.fileExists(join(folder, "keys", `${releaseKeyName}.pub`)));
  const passphrase = await newPassphrase(terminal, releaseKeyName);
  const { publicKey } = await makeKeyFile(terminal, { folder, name: releaseKeyName }, passphrase);
  terminal.note(texts.rules.release.keyMade);
  terminal.print(toHex(publicKey));
}

/** Lets a key count for releases: a new version of the organisation, signed by its root. */
export async function trustReleaseKey(
  terminal: Terminal,
  given: { folder: string; publicKey?: string },
): Promise<void> {
  const { texts } = terminal;
  const words = texts.rules.release;
  const key =
    given.publicKey === undefined
      ? readPublicKey({ folder: given.folder, name: releaseKeyName })
      : parseKey(texts, given.publicKey);
  if (!key) throw new Stop("usage", words.keyMissing);
  const organisation = await openOrganisation(terminal, given.folder);
  const { releaseKeys = [] } = organisation.manifest;
  if (releaseKeys.some((one) => equalBytes(one, key))) throw new Stop("usage", words.alreadyTrusted);
  const changes = { releaseKeys: [...releaseKeys, key] };
  await signChange(terminal, organisation, { says: [words.trusts(shortKey(key))], changes });
  terminal.note(words.trusted);
}

/** Takes a key out again: lost, stolen, or replaced by another. */
export async function distrustReleaseKey(
  terminal: Terminal,
  given: { folder: string; publicKey: string },
): Promise<void> {
  const words = terminal.texts.rules.release;
  const key = parseKey(terminal.texts, given.publicKey);
  const organisation = await openOrganisation(terminal, given.folder);
  const before = organisation.manifest.releaseKeys ?? [];
  const releaseKeys = before.filter((one) => !equalBytes(one, key));
  if (releaseKeys.length === before.length) throw new Stop("usage", words.notTrusted(shortKey(key)));
  await signChange(terminal, organisation, {
    says: [words.distrusts(shortKey(key))],
    changes: { releaseKeys },
  });
  terminal.note(words.distrusted);
}

export async function signRelease(
  terminal: Terminal,
  given: { folder: string; app: string; version?: string },
): Promise<void> {
  const { texts } = terminal;
  const { folder, app } = given;
  const words = texts.rules.release;
  const files = listReleaseFiles(terminal, app);
  const opened = await openOrganisation(terminal, folder);
  const { manifest: organisation, manifests } = opened;
  const newest = manifests.at(-1);
  if (!newest) throw new Error("an organisation has at least one version");
  const time = await nextReleaseTime(terminal, { folder, keys: organisation.releaseKeys ?? [] });
  const version = given.version ?? versionOf(time);
  if (!/^[0-9A-Za-z.+-]{1,40}$/.test(version)) throw new Stop("usage", words.notAVersion(version));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  await requireRightClock(terminal, opened);
  if (time > organisation.validUntil) throw new Stop("refused", words.organisationEnded);
  terminal.note(texts.signs(releaseKeyName));
  terminal.note(words.signs({ version, files: files.length, kilobytes: Math.ceil(bytes / 1024) }));
  const passphrase = await passphraseFor(terminal, releaseKeyName);
  const signer = await openKeyFile(terminal, { folder, name: releaseKeyName }, passphrase);
  if (!organisation.releaseKeys?.some((key) => equalBytes(key, signer.publicKey)))
    throw new Stop("refused", words.notTrusted(shortKey(signer.publicKey)));
  const manifest: ReleaseManifest = { version, time, files };
  await writeRelease(terminal, { app, folder, manifest, organisation: newest, signer });
  terminal.note(words.number(version, time));
  terminal.note(words.signed(join(app, releaseFiles.release)));
  terminal.print(toHex(signer.publicKey));
}

/** A version that nobody named is the moment of its signature. */
export const versionOf = (time: number): string =>
  new Date(time).toISOString().slice(0, 16).replace(/[T:]/g, ".");
