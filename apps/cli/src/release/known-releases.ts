/**
 * Releases that this computer knows: what was signed here, and what was verified from here. Their times order them, so an
 * older one that somebody delivers is noticed. One that was signed by a key that the root has taken out since stands before
 * nothing any more, whatever time it bears.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Signed } from "@nimes/protocol/schema";
import { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { openSigned } from "@nimes/protocol/signed/signed";
import { signedIn } from "../folder/organisation-folder.ts";
import { writeNewFile } from "../folder/write-file.ts";
import type { Terminal } from "../terminal/terminal.ts";

const placeOf = (folder: string) => join(folder, "releases");
const fileOf = (folder: string, time: number) => join(placeOf(folder), `${time}.cbor`);

/**
 * @param keys release keys that count.
 * @returns undefined where none is known. One that is damaged is told and left out: the others still say what is known.
 */
export async function newestKnownRelease(
  terminal: Terminal,
  { folder, keys }: { folder: string; keys: readonly Uint8Array[] },
): Promise<ReleaseManifest | undefined> {
  const place = placeOf(folder);
  const names = existsSync(place) ? readdirSync(place).filter((name) => /^[0-9]+\.cbor$/.test(name)) : [];
  let newest: ReleaseManifest | undefined;
  for (const name of names) {
    const path = join(place, name);
    const signed = signedIn(path);
    if (!signed) terminal.note(terminal.texts.leftOut(path));
    const release = signed && (await openRelease(signed, keys));
    if (release && release.time > (newest?.time ?? -1)) newest = release;
  }
  return newest;
}

/** @returns undefined when none of the keys has signed it. */
export async function openRelease(
  signed: Signed,
  keys: readonly Uint8Array[],
): Promise<ReleaseManifest | undefined> {
  for (const key of keys) {
    const opened = await openSigned("ReleaseManifest", ReleaseManifest, signed, [key]);
    if (opened.ok) return opened.value;
  }
  return undefined;
}

/** Keeps one that was signed here, or is delivered as it was signed. @throws Stop when it cannot be written. */
export const keepRelease = (
  terminal: Terminal,
  folder: string,
  { time, signed }: { time: number; signed: Signed },
): void => writeNewFile(terminal, fileOf(folder, time), encodeCbor(signed));
