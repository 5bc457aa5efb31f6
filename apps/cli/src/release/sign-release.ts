/** Signing a built web app: two files into its folder, which the service worker of every device checks. */
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { releaseFiles } from "@nimes/protocol/release-files";
import type { Signed } from "@nimes/protocol/schema";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import { replaceFile, writeNewFile } from "../folder/write-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { momentIn } from "../texts/texts.ts";

/** Writes the release manifest and the organisation's, which names the key, into the app's folder, and keeps a copy. */
export async function writeRelease(
  terminal: Terminal,
  release: { app: string; folder: string; manifest: ReleaseManifest; organisation: Signed; signer: Signer },
): Promise<void> {
  const { app, folder, manifest, organisation, signer } = release;
  const signed = encodeCbor(await signStructure("ReleaseManifest", manifest, [signer]));
  writeNewFile(terminal, join(folder, "releases", `${manifest.time}.cbor`), signed);
  replaceFile(terminal, join(app, releaseFiles.organisation), encodeCbor(organisation));
  replaceFile(terminal, join(app, releaseFiles.release), signed);
  // Public, and the server may run as somebody else.
  for (const path of [releaseFiles.organisation, releaseFiles.release]) chmodSync(join(app, path), 0o644);
}

/** When the next release is signed. @throws Stop when the clock stands before the last one: no device would take it. */
export function nextReleaseTime(terminal: Terminal, folder: string): number {
  const now = terminal.now();
  const last = Math.max(0, ...signedTimes(folder));
  if (now > last) return now;
  throw new Stop("refused", terminal.texts.rules.release.clock(momentIn(terminal.language, last)));
}

function signedTimes(folder: string): number[] {
  try {
    return readdirSync(join(folder, "releases")).map((name) => Number.parseInt(name, 10) || 0);
  } catch {
    return [];
  }
}
