/** The data folder: who may read it, and the server's own secret in it. */
import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config.ts";
import type { DatabaseFiles } from "./sqlite/open-database.ts";

const keyBytes = 32;

export type DataFolder = {
  /** Both files of the database. */
  databases: DatabaseFiles;
  lockFile: string;
  attachmentsFolder: string;
  serverKey: Uint8Array;
  /** Both belong into a backup of their own, never into the database's. */
  pinKeyFile: string;
  destroyedLogFile: string;
};

/** Makes the folder when it is missing. @throws the system's error when it cannot be written. */
export function openDataFolder(folder: string): DataFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A backup that copies it must find it, also before the first attachment.
  mkdirSync(join(folder, "attachments"), { recursive: true, mode: 0o700 });
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  tightenModes(folder);
  return {
    databases: { rooms: join(folder, "nimes.sqlite"), authority: join(folder, "authority.sqlite") },
    lockFile: join(folder, "server.lock"),
    attachmentsFolder: join(folder, "attachments"),
    serverKey: readServerKey(join(folder, "server.key")),
    pinKeyFile: join(folder, "pin.key"),
    destroyedLogFile: join(folder, "destroyed.log"),
  };
}

/** For its own user alone: what was restored, or put there by hand, may have come with the modes of somewhere else. */
function tightenModes(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() || entry.isFile())
      chmodSync(join(folder, entry.name), entry.isDirectory() ? 0o700 : 0o600);
}

/** Signs access tokens. A new one only means that every device signs in again. */
function readServerKey(file: string): Uint8Array {
  try {
    writeFileSync(file, randomBytes(keyBytes), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const key = readFileSync(file);
  if (key.byteLength !== keyBytes)
    throw new ConfigError(`The file ${file} is damaged: remove it, and every device signs in again.`);
  return Uint8Array.from(key);
}
