/**
 * The pilot's data folder, for its owner only, and for one pilot at a time:
 * ```
 * organisation/    keys and everything signed, as `nimes` keeps it    passphrase    of those keys, random
 * people.cbor      who may join, with the secrets of unused letters   officers.v8   simulated officers, between two runs
 * app/             the messenger as the organisation has signed it
 * server/          the server's own data                              server.log, server.pid, pilot.pid
 * format           of all this; another one is moved aside, and the pilot begins anew
 * ```
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "@nimes/cli/stop";
import type { PilotTexts } from "./texts.ts";

export type DataPaths = {
  organisation: string;
  passphraseFile: string;
  peopleFile: string;
  officersFile: string;
  app: string;
  server: string;
  serverLog: string;
  serverPid: string;
};

export type DataFolder = DataPaths & {
  /** Lets another pilot use the folder. */
  release(): void;
};

/** Where everything lies in a pilot's data folder. */
export const pathsIn = (folder: string): DataPaths => ({
  organisation: join(folder, "organisation"),
  passphraseFile: join(folder, "passphrase"),
  peopleFile: join(folder, "people.cbor"),
  officersFile: join(folder, "officers.v8"),
  app: join(folder, "app"),
  server: join(folder, "server"),
  serverLog: join(folder, "server.log"),
  serverPid: join(folder, "server.pid"),
});

/** Raised with every release whose server or officers cannot go on with what an older one has stored. */
const dataFormat = "5";

/**
 * Makes the folder where it is missing, and takes it. One of another format is moved aside before, which is said.
 * @throws Stop with a sentence.
 */
export function openDataFolder(
  texts: PilotTexts,
  folder: string,
  say: (sentence: string) => void,
): DataFolder {
  const pidFile = join(folder, "pilot.pid");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const holder = readHolder(pidFile);
    if (holder !== undefined) throw new Stop("folder", texts.alreadyRunning(folder, holder, pidFile));
    const aside = moveOtherFormat(folder);
    if (aside !== undefined) say(texts.begunAnew(aside));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "format"), `${dataFormat}\n`, { mode: 0o600 });
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (error instanceof Stop) throw error;
    throw new Stop("folder", texts.folderNotWritable(folder));
  }
  return {
    ...pathsIn(folder),
    release: () => rmSync(pidFile, { force: true }),
  };
}

/** @returns where the folder has gone, undefined when it stays: it is empty, or of this format. */
function moveOtherFormat(folder: string): string | undefined {
  if (!existsSync(join(folder, "organisation"))) return undefined;
  const file = join(folder, "format");
  if (existsSync(file) && readFileSync(file, "utf8").trim() === dataFormat) return undefined;
  let number = 1;
  while (existsSync(asideOf(folder, number))) number += 1;
  renameSync(folder, asideOf(folder, number));
  return asideOf(folder, number);
}

const asideOf = (folder: string, number: number): string => `${folder.replace(/[/\\]+$/, "")}.old-${number}`;

/** The living process that has the folder; a pilot that was killed leaves its number behind. */
function readHolder(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
