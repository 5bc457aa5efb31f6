/** The data folder: who may read it, and the server's own secret in it. */
import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config.ts";

const keyBytes = 32;

export type DataFolder = {
  databaseFile: string;
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
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  return {
    databaseFile: join(folder, "nimes.sqlite"),
    lockFile: join(folder, "server.lock"),
    attachmentsFolder: join(folder, "attachments"),
    serverKey: readServerKey(join(folder, "server.key")),
    pinKeyFile: join(folder, "pin.key"),
    destroyedLogFile: join(folder, "destroyed.log"),
  };
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
