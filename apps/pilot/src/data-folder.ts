/**
 * The pilot's data folder, for its owner only, and for one pilot at a time:
 * ```
 * organisation/    keys and everything signed, as `nimes` keeps it    passphrase    of those keys, random
 * people.cbor      who may join, with the secrets of unused letters   officers.v8   simulated officers, between two runs
 * app/             the messenger as the organisation has signed it
 * server/          the server's own data                              server.log, server.pid, pilot.pid
 * ```
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "@nimes/cli/stop";
import type { PilotTexts } from "./texts.ts";

export type DataFolder = {
  organisation: string;
  passphraseFile: string;
  peopleFile: string;
  officersFile: string;
  app: string;
  server: string;
  serverLog: string;
  serverPid: string;
  /** Lets another pilot use the folder. */
  release(): void;
};

/** Makes the folder where it is missing, and takes it. @throws Stop with a sentence. */
export function openDataFolder(texts: PilotTexts, folder: string): DataFolder {
  const pidFile = join(folder, "pilot.pid");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const holder = readHolder(pidFile);
    if (holder !== undefined) throw new Stop("folder", texts.alreadyRunning(folder, holder, pidFile));
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (error instanceof Stop) throw error;
    throw new Stop("folder", texts.folderNotWritable(folder));
  }
  return {
    organisation: join(folder, "organisation"),
    passphraseFile: join(folder, "passphrase"),
    peopleFile: join(folder, "people.cbor"),
    officersFile: join(folder, "officers.v8"),
    app: join(folder, "app"),
    server: join(folder, "server"),
    serverLog: join(folder, "server.log"),
    serverPid: join(folder, "server.pid"),
    release: () => rmSync(pidFile, { force: true }),
  };
}

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
