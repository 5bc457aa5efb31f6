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
  if (rooms) requirePair(files, { rooms, authority, acceptOlder });
  if (!authority) {
    const first = { lineage: randomBytes(16), mark: 1, generation: 1 };
    // Authority first: whoever dies in between begins with rooms that are new.
    writeTwin(database, "authority", first);
    writeTwin(database, "main", first);
  } else if (!rooms && authority.mark === 1) {
    writeTwin(database, "main", authority);
  } else if (!rooms || !isSound(rooms, authority)) {
    const before = rooms ?? authority;
    beginGeneration(database, { before, twin: next(before, authority), now: Date.now() });
  } else {
    // A crash may have left a mark or a generation in rooms alone.
    const generation = Math.max(rooms.generation, authority.generation);
    writeTwin(database, "authority", { ...authority, mark: rooms.mark, generation });
  }
}

function requirePair(
  files: DatabaseFiles,
  { rooms, authority, acceptOlder }: { rooms: Twin; authority: Twin | undefined; acceptOlder: boolean },
): void {
  if (!authority)
    throw new TwinsDiffer(
      `The file ${files.authority} is missing or empty: restore its newest copy. Without it no capsule is ever opened again.`,
    );
  if (!equalBytes(rooms.lineage, authority.lineage))
    throw new TwinsDiffer(
      `The files ${files.rooms} and ${files.authority} are of two different servers: restore both from the same one.`,
    );
  if (rooms.mark > authority.mark + 1 && !acceptOlder)
    throw new TwinsDiffer(
      `The file ${files.authority} is older than ${files.rooms}: restore its newest copy. If there is no newer one, start once with NIMES_ACCEPT_OLDER=yes; what was changed since, PINs, orders and phones, is lost.`,
    );
}

/** Rooms of an earlier generation may come to any mark. */
const isSound = (rooms: Twin, authority: Twin): boolean =>
  rooms.generation >= authority.generation &&
  (rooms.mark === authority.mark || rooms.mark === authority.mark + 1);

const next = (rooms: Twin, authority: Twin): Twin => ({
  lineage: authority.lineage,
  mark: Math.max(rooms.mark, authority.mark) + 1,
  generation: Math.max(rooms.generation, authority.generation) + 1,
});

/**
 * In rooms first, with all that it takes there: what a crash leaves is done by the next start.
 * @param made.since where authority was set back, too: what came into the logs from this moment on came behind that.
 */
export function beginGeneration(
  database: SqliteDatabase,
  { before, twin, now, since }: { before: Twin; twin: Twin; now: number; since?: number },
): void {
  const times = twin.generation - before.generation;
  // Numbers of the directory are not given out again either; doing it twice harms nobody.
  if (since !== undefined)
    for (const statement of [
      "UPDATE users SET sequence = sequence + ?",
      "UPDATE manifests SET sequence = sequence + ?",
    ])
      database.prepare(statement).run(times * limits.restoredJump);
  database.transaction(() => {
    // Some were given out since the backup, and nobody could open what was sealed for one of them again.
    database.prepare("UPDATE key_packages SET bytes = NULL").run();
    writeRestoredEntries(database, { times, now, ...(since !== undefined && { since }) });
    writeTwin(database, "main", twin);
  })();
  writeTwin(database, "authority", twin);
}

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

/** Raises the mark in both files while the server writes. @param onFailure hears of a full disk. */
export function keepMarks(database: SqliteDatabase, onFailure: (error: unknown) => void): Marks {
  const changes = database.prepare("SELECT total_changes()").pluck();
  const raise = (["main", "authority"] as const).map((schema) =>
    database.prepare(`UPDATE ${schema}.twin SET mark = mark + 1`),
  );
  let seen: unknown = changes.get();
  function mark(): void {
    if (changes.get() === seen) return;
    for (const statement of raise) statement.run();
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
