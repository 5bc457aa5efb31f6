/**
 * One server for one data folder: a second one would append without the first one's connections hearing of it. The lock
 * is SQLite's on a file of its own, so the system takes it back however the process ends.
 */
import { chmodSync } from "node:fs";
import Database from "better-sqlite3";

export type FolderLock = { release(): void };

/** @returns undefined when somebody else holds it. @throws the system's error when the file cannot be written. */
export function lockFolder(file: string): FolderLock | undefined {
  const lock = new Database(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    lock.exec("BEGIN EXCLUSIVE");
    return { release: () => void lock.close() };
  } catch (error) {
    lock.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}
