/** `nimes release key`, `sign`, `verify`: which files a release of the web app consists of, and what a server delivers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned, signStructure } from "@nimes/protocol/signed/signed";
import { replaceFile } from "../folder/write-file.ts";
import { makeKeyFile, openKeyFile, readPublicKey } from "../keys/key-file.ts";
import type { ReleaseFile } from "../release/release-files.ts";
import { listReleaseFiles, manifestName } from "../release/release-files.ts";
import { Stop } from "../stop.ts";
import { newPassphrase, passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";
import { parseKey, parseServer } from "./arguments.ts";

const keyName = "release";
const timeoutMs = 30_000;

export async function makeReleaseKey(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const { texts } = terminal;
  if (existsSync(join(folder, "keys", `${keyName}.age`)))
    throw new Stop("folder", texts.fileExists(join(folder, "keys", `${keyName}.age`)));
  const passphrase = await newPassphrase(terminal, keyName);
  const { publicKey } = await makeKeyFile(terminal, { folder, name: keyName }, passphrase);
  terminal.note(texts.rules.release.keyMade);
  terminal.print(toHex(publicKey));
}

export async function signRelease(
  terminal: Terminal,
  given: { folder: string; app: string; version?: string },
): Promise<void> {
  const { texts } = terminal;
  const words = texts.rules.release;
  const files = listReleaseFiles(terminal, given.app);
  const version = given.version ?? new Date(terminal.now()).toISOString().slice(0, 16).replace(/[T:]/g, ".");
  if (!/^[0-9A-Za-z.+-]{1,40}$/.test(version)) throw new Stop("usage", words.notAVersion(version));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  terminal.note(texts.signs(keyName));
  terminal.note(words.signs({ version, files: files.length, kilobytes: Math.ceil(bytes / 1024) }));
  const place = { folder: given.folder, name: keyName };
  const signer = await openKeyFile(terminal, place, await passphraseFor(terminal, keyName));
  const manifest: ReleaseManifest = { version, time: terminal.now(), files };
  const signed = await signStructure("ReleaseManifest", manifest, [signer]);
  const path = join(given.app, manifestName);
  replaceFile(terminal, path, encodeCbor(signed));
  terminal.note(words.signed(path));
  terminal.print(toHex(signer.publicKey));
}

/** Fetches the manifest and every file that it names, and says what differs. */
export async function verifyRelease(
  terminal: Terminal,
  given: { folder: string; url: string; publicKey?: string },
): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.rules.release;
  const address = parseServer(texts, given.url);
  const key =
    given.publicKey === undefined
      ? readPublicKey({ folder: given.folder, name: keyName })
      : parseKey(texts, given.publicKey);
  if (!key) throw new Stop("usage", words.noKey);
  const encoded = await fetchFile(terminal, `${address}/${manifestName}`);
  const signed = encoded && decodeCbor(Signed, encoded);
  if (!signed?.ok) throw new Stop("refused", words.noManifest(address));
  const opened = await openSigned("ReleaseManifest", ReleaseManifest, signed.value, [key]);
  if (!opened.ok) throw new Stop("refused", words.notSigned(address));
  const { version, time, files } = opened.value;
  const wrong: string[] = [];
  for (const expected of served(files)) {
    const found = await fetchFile(terminal, address + expected.path);
    if (!found) wrong.push(words.missing(expected.path));
    else if (found.byteLength !== expected.size || !equalBytes(sha256(found), expected.sha256))
      wrong.push(words.differs(expected.path));
  }
  for (const line of wrong) terminal.print(line);
  if (wrong.length > 0) throw new Stop("refused", words.untrue(version, wrong.length));
  terminal.print(words.verified({ version, files: files.length, signedAt: momentIn(language, time) }));
}

/** The address that people open delivers the start page, too. */
function served(files: readonly ReleaseFile[]): ReleaseFile[] {
  const start = files.find(({ path }) => path === "/index.html");
  return start ? [{ ...start, path: "/" }, ...files] : [...files];
}

/** @returns undefined when the server has no such file. @throws Stop when it does not answer. */
async function fetchFile({ texts }: Terminal, url: string): Promise<Uint8Array | undefined> {
  try {
    const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return answer.ok ? bytes : undefined;
  } catch {
    throw new Stop("unreachable", texts.unreachable(new URL(url).origin));
  }
}
