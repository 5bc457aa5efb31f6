/**
 * Which runs of the server have written what the rooms hold. Each has a random id, and is there from its first mark on: one
 * that has written nothing has nothing to lose. A machine that was set back writes its marks a second time, but in other runs.
 */
import { randomBytes } from "node:crypto";
import type { SqliteDatabase } from "./open-database.ts";

export const runIdBytes = 8;
/** How many are kept: of one that is older nobody can say any more whose it was. */
const maxRuns = 1_000;

/** The last row of all logs. Rows are never deleted, so what comes later has a higher number. */
export const lastRowOf = (database: SqliteDatabase): number =>
  database.prepare("SELECT coalesce(max(rowid), 0) FROM entries").pluck().get() as number;

/** From the mark on that stands now. @param afterRow the last row of the logs when it began. */
export function beginRun(database: SqliteDatabase, afterRow: number): void {
  database
    .prepare("INSERT INTO runs SELECT mark, ?, ? FROM main.twin")
    .run(randomBytes(runIdBytes), afterRow);
  database
    .prepare(
      "DELETE FROM runs WHERE from_mark <= (SELECT from_mark FROM runs ORDER BY from_mark DESC LIMIT 1 OFFSET ?)",
    )
    .run(maxRuns);
}

/** Whether one has begun behind this mark. */
export const hasRunBehind = (database: SqliteDatabase, mark: number): boolean =>
  database.prepare("SELECT 1 FROM runs WHERE from_mark > ?").get(mark) !== undefined;

/** The newest ones, newest first. */
export const newestRuns = (database: SqliteDatabase, limit: number): Uint8Array[] =>
  database.prepare("SELECT run FROM runs ORDER BY from_mark DESC LIMIT ?").pluck().all(limit) as Uint8Array[];

/** The run that has set this mark; undefined when nobody can say any more. */
export const runAt = (database: SqliteDatabase, mark: number): Uint8Array | undefined =>
  database
    .prepare("SELECT run FROM runs WHERE from_mark <= ? ORDER BY from_mark DESC LIMIT 1")
    .pluck()
    .get(mark) as Uint8Array | undefined;

/**
 * Where the logs stood when a history that shares some of these runs parted from the own one, or shortly before.
 * @returns undefined when none is known, or none has begun since.
 */
export function rowAtParting(database: SqliteDatabase, runs: readonly Uint8Array[]): number | undefined {
  const known = database.prepare("SELECT from_mark FROM runs WHERE run = ?").pluck();
  const shared = runs.map((run) => known.get(run) as number | undefined).find((mark) => mark !== undefined);
  if (shared === undefined) return undefined;
  return database
    .prepare("SELECT after_row FROM runs WHERE from_mark > ? ORDER BY from_mark LIMIT 1")
    .pluck()
    .get(shared) as number | undefined;
}
