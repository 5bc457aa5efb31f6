/** The files of a built web app with their hashes. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { sha256 } from "@nimes/protocol/hash";
import { releaseFiles, releaseLimits } from "@nimes/protocol/release-files";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

export type ReleaseFile = ReleaseManifest["files"][number];

/** What signing writes beside the files, and what is therefore not among them. */
const written: readonly string[] = [releaseFiles.organisation, releaseFiles.release];

const allowedPath = /^\/[A-Za-z0-9._/-]{1,200}$/;

/** All files below the folder but what signing writes, by path. @throws Stop when there is none or one cannot be listed. */
export function listReleaseFiles({ texts }: Terminal, folder: string): ReleaseFile[] {
  const words = texts.rules.release;
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  } catch {
    throw new Stop("usage", texts.rules.noFile(folder));
  }
  const files = entries
    .filter((name) => !written.includes(`/${name}`))
    .sort()
    .map((name) => fileOf(folder, name));
  if (!files.some(({ path }) => path === "/index.html")) throw new Stop("usage", words.notAnApp(folder));
  const odd = files.find(({ path }) => !allowedPath.test(path));
  if (odd) throw new Stop("usage", words.oddName(odd.path));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const { maxFiles, maxFileBytes, maxTotalBytes } = releaseLimits;
  if (files.length > maxFiles || bytes > maxTotalBytes || files.some(({ size }) => size > maxFileBytes))
    throw new Stop("usage", words.tooLarge(files.length, Math.ceil(bytes / 1024)));
  return files;
}

function fileOf(folder: string, name: string): ReleaseFile {
  const bytes = readFileSync(join(folder, name));
  return { path: `/${name}`, sha256: sha256(bytes), size: bytes.byteLength };
}
