/** The files of a built web app with their hashes. */
import type { Dirent } from "node:fs";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { sha256 } from "@nimes/protocol/hash";
import { releaseFiles, releaseLimits } from "@nimes/protocol/release-files";
import type { ReleaseManifest } from "@nimes/protocol/signed/release-manifest";
import { isPart } from "../folder/write-file.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

export type ReleaseFile = ReleaseManifest["files"][number];

/** What signing writes beside the files, and what is therefore not among them. */
const written: readonly string[] = [releaseFiles.organisation, releaseFiles.release];

const allowedPath = /^\/[A-Za-z0-9._/-]{1,200}$/;

/**
 * All files below the folder but what signing writes, by path.
 * @throws Stop when there is none, one cannot be listed, or something lies there that is no file or begins with a dot: what
 *   a link stands for may change, servers do not deliver hidden files, and either may hold what was never meant for anybody.
 */
export function listReleaseFiles({ texts }: Terminal, folder: string): ReleaseFile[] {
  const words = texts.rules.release;
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    throw new Stop("usage", texts.rules.noFile(folder));
  }
  const pathOf = ({ parentPath, name }: Dirent): string =>
    `/${relative(folder, join(parentPath, name)).split(sep).join("/")}`;
  const hidden = entries.find(({ name }) => name.startsWith("."));
  if (hidden) throw new Stop("usage", words.hiddenFile(pathOf(hidden)));
  const link = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (link) throw new Stop("usage", words.notAFile(pathOf(link)));
  const files = entries
    .filter((entry) => entry.isFile())
    .map(pathOf)
    .filter((path) => !written.includes(path) && !isPart(path))
    .sort()
    .map((path) => fileOf(folder, path));
  if (!files.some(({ path }) => path === "/index.html")) throw new Stop("usage", words.notAnApp(folder));
  const odd = files.find(({ path }) => !allowedPath.test(path));
  if (odd) throw new Stop("usage", words.oddName(odd.path));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const { maxFiles, maxFileBytes, maxTotalBytes } = releaseLimits;
  if (files.length > maxFiles || bytes > maxTotalBytes || files.some(({ size }) => size > maxFileBytes))
    throw new Stop("usage", words.tooLarge(files.length, Math.ceil(bytes / 1024)));
  return files;
}

function fileOf(folder: string, path: string): ReleaseFile {
  const bytes = readFileSync(join(folder, path));
  return { path, sha256: sha256(bytes), size: bytes.byteLength };
}
