/**
 * Whether the two database files belong together, and which of them is older: how the server knows that a backup of its
 * rooms was restored. Both carry one lineage, and a mark that rises while the server writes, in `rooms` first. So a sound
 * pair has equal marks, or one more in `rooms`. Fewer there: older rooms were put back, and a new generation begins.
 */
import { randomBytes } from "node:crypto";
import { equalBytes } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import type { DatabaseFiles, SqliteDatabase } from "./open-database.ts";
import { writeRestoredEntries } from "./restored-entries.ts";
import { beginRun, hasRunBehind, lastRowOf } from "./runs.ts";

/** The files do not belong together as they are. Its message is a sentence for the operator. */
export class TwinsDiffer extends Error {
  override readonly name = "TwinsDiffer";
}

type Schema = "main" | "authority";
export type Twin = { lineage: Uint8Array; mark: number; generation: number };

/**
 * Brings both to one mark and one generation.
 * @param options.acceptOlder the operator knows that `authority` is older than what the server wrote last.
 * @throws TwinsDiffer
 */
export function reconcileTwins(
  database: SqliteDatabase,
  { files, acceptOlder }: { files: DatabaseFiles; acceptOlder: boolean },
): void {
  const [rooms, authority] = [readTwin(database, "main"), readTwin(database, "authority")];
  if (!authority) {
    if (rooms) throw authorityMissing(files);
    const first = { lineage: randomBytes(16), mark: 1, generation: 1 };
    // Authority first: whoever dies in between begins with rooms that are new.
    writeTwin(database, "authority", first);
    beginRooms(database, first);
    return;
  }
  if (!rooms) {
    if (authority.mark === 1) beginRooms(database, authority);
    else beginGeneration(database, { before: authority, twin: next(authority, authority), now: Date.now() });
    return;
  }
  if (!equalBytes(rooms.lineage, authority.lineage)) throw ofTwoServers(files);
  const standing = compareTwins(rooms, authority, begunAt(database));
  if (standing === "sound") completeGeneration(database, rooms);
  else if (standing === "authority-older" && !acceptOlder) throw authorityOlder(files);
  else beginGeneration(database, { before: rooms, twin: next(rooms, authority), now: Date.now() });
}

/** With a run that every later history shares. */
const beginRooms = (database: SqliteDatabase, first: Twin): void =>
  database.transaction(() => {
    writeTwin(database, "main", first);
    beginRun(database, 0);
  })();

const authorityMissing = (files: DatabaseFiles): TwinsDiffer =>
  new TwinsDiffer(
    `The file ${files.authority} is missing or empty: restore its newest copy. Without it no capsule is ever opened again.`,
  );
const ofTwoServers = (files: DatabaseFiles): TwinsDiffer =>
  new TwinsDiffer(
    `The files ${files.rooms} and ${files.authority} are of two different servers: restore both from the same one.`,
  );
const authorityOlder = (files: DatabaseFiles): TwinsDiffer =>
  new TwinsDiffer(
    `The file ${files.authority} is older than ${files.rooms}: restore its newest copy. If there is no newer one, start once with NIMES_ACCEPT_OLDER=yes; what was changed since, PINs, orders and phones, is lost.`,
  );

/**
 * @param begun the mark of authority when the generation of rooms began, as long as it may not have come there: by this alone
 *   what a crash has left is told from an older authority, whose mark may be any.
 */
function compareTwins(
  rooms: Twin,
  authority: Twin,
  begun: number | undefined,
): "sound" | "rooms-older" | "authority-older" {
  if (rooms.generation > authority.generation) return begun === authority.mark ? "sound" : "authority-older";
  if (rooms.mark > authority.mark + 1) return "authority-older";
  // Rooms of an earlier generation may come to any mark.
  const isSound = rooms.generation === authority.generation && rooms.mark >= authority.mark;
  return isSound ? "sound" : "rooms-older";
}

const next = (rooms: Twin, authority: Twin): Twin => ({
  lineage: authority.lineage,
  mark: Math.max(rooms.mark, authority.mark) + 1,
  generation: Math.max(rooms.generation, authority.generation) + 1,
});

/**
 * In rooms first, with all that it takes there, and with the mark by which the next start knows what a crash has left.
 * @param made.afterRow where authority was set back, too: what came into the logs behind this row came behind that.
 */
export function beginGeneration(
  database: SqliteDatabase,
  { before, twin, now, afterRow }: { before: Twin; twin: Twin; now: number; afterRow?: number },
): void {
  const times = twin.generation - before.generation;
  skipNumbers(database, twin);
  database.transaction(() => {
    // Some were given out since the backup, and nobody could open what was sealed for one of them again.
    database.prepare("UPDATE key_packages SET bytes = NULL").run();
    writeRestoredEntries(database, { times, now, ...(afterRow !== undefined && { afterRow }) });
    writeTwin(database, "main", twin);
    beginRun(database, lastRowOf(database));
    database.prepare("UPDATE main.twin SET begun_at = ?").run(readTwin(database, "authority")?.mark ?? null);
  })();
  completeGeneration(database, twin);
}

/**
 * Numbers of the directory are not given out again either: authority may be a copy, if only from minutes ago, and phones that have
 * heard of more would not ask for what comes under the same numbers. Doing it twice harms nobody.
 */
function skipNumbers(database: SqliteDatabase, { generation }: Twin): void {
  const times = generation - (readTwin(database, "authority")?.generation ?? 1);
  const statements = ["users", "manifests"].map((table) =>
    database.prepare(`UPDATE ${table} SET sequence = sequence + ?`),
  );
  database.transaction(() => {
    for (const statement of statements) statement.run(times * limits.restoredJump);
  })();
}

/** Brings authority to the mark and generation of rooms, of which a crash may have left either there alone. */
function completeGeneration(database: SqliteDatabase, rooms: Twin): void {
  writeTwin(database, "authority", rooms);
  database.prepare("UPDATE main.twin SET begun_at = NULL").run();
}

const begunAt = (database: SqliteDatabase): number | undefined =>
  (database.prepare("SELECT begun_at FROM main.twin").pluck().get() as number | null | undefined) ??
  undefined;

/** How often a backup of the rooms was restored here, and one to begin with. */
export const generationOf = (database: SqliteDatabase): number => readTwin(database, "main")?.generation ?? 1;

export const readTwin = (database: SqliteDatabase, schema: Schema): Twin | undefined =>
  database.prepare(`SELECT lineage, mark, generation FROM ${schema}.twin`).get() as Twin | undefined;

const writeTwin = (database: SqliteDatabase, schema: Schema, { lineage, mark, generation }: Twin): void =>
  void database
    .prepare(`INSERT OR REPLACE INTO ${schema}.twin (one, lineage, mark, generation) VALUES (1, ?, ?, ?)`)
    .run(lineage, mark, generation);

/** How often a mark is set while something is written. A backup younger than that looks like no backup. */
const markEveryMs = 1_000;

export type Marks = { stop(): void };

/** Raises the mark in both files while the server writes, which is a run of its own from the first one on. @param onFailure hears of a full disk. */
export function keepMarks(database: SqliteDatabase, onFailure: (error: unknown) => void): Marks {
  const changes = database.prepare("SELECT total_changes()").pluck();
  const raise = database.prepare("UPDATE main.twin SET mark = mark + 1");
  const atStart = { mark: readTwin(database, "main")?.mark ?? 0, row: lastRowOf(database) };
  const raiseInRun = database.transaction(() => {
    raise.run();
    // A generation that has begun since is one already.
    if (!hasRunBehind(database, atStart.mark)) beginRun(database, atStart.row);
  });
  // A full disk may have kept authority from more than a mark.
  const follow = database.prepare(
    "UPDATE authority.twin SET (mark, generation) = (SELECT mark, generation FROM main.twin)",
  );
  let seen: unknown = changes.get();
  function mark(): void {
    if (changes.get() === seen) return;
    raiseInRun();
    follow.run();
    seen = changes.get();
  }
  const tryMark = (): void => {
    try {
      mark();
    } catch (error) {
      onFailure(error);
    }
  };
  const timer = setInterval(tryMark, markEveryMs);
  return {
    stop() {
      clearInterval(timer);
      tryMark();
    },
  };
}
