/** Signing a built web app: two files into its folder, which the service worker of every device checks. */
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { releaseFiles } from "@nimes/protocol/release-files";
import type { Signed } from "@nimes/protocol/schema";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import { replaceFile } from "../folder/write-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";
import { keepRelease, newestKnownRelease } from "./known-releases.ts";

/** Writes the release manifest and the organisation's, which names the key, into the app's folder, and keeps a copy. */
export async function writeRelease(
  terminal: Terminal,
  release: { app: string; folder: string; manifest: ReleaseManifest; organisation: Signed; signer: Signer },
): Promise<void> {
  const { app, folder, manifest, organisation, signer } = release;
  const signed = await signStructure("ReleaseManifest", manifest, [signer]);
  keepRelease(terminal, folder, { time: manifest.time, signed });
  // Public, and the server may run as somebody else.
  const how = { mode: 0o644 };
  replaceFile(terminal, join(app, releaseFiles.organisation), encodeCbor(organisation), how);
  replaceFile(terminal, join(app, releaseFiles.release), encodeCbor(signed), how);
}

/**
 * When the next release is signed.
 * @param keys release keys that count.
 * @throws Stop when the clock stands before the last one: no device would take it.
 */
export async function nextReleaseTime(
  terminal: Terminal,
  known: { folder: string; keys: readonly Uint8Array[] },
): Promise<number> {
  const now = terminal.now();
  const last = await newestKnownRelease(terminal, known);
  if (!last || now > last.time) return now;
  throw new Stop("refused", terminal.texts.rules.release.clock(momentIn(terminal.language, last.time)));
}
