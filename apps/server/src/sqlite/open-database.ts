/**
 * Opens the two database files as one, checks them and brings them to the newest form. `rooms` holds what devices can
 * send again when a backup is restored; `authority` what must never go back (docs/adr/0032). Tables of both are found by
 * their names alone. A transaction over both is whole in each file, but a crash may leave only the first one's half:
 * rooms commits first, and what that leaves is put right here.
 */
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { reconcileTwins } from "./twins.ts";

export type SqliteDatabase = Database.Database;
/** Paths, or `:memory:` twice in tests. */
export type DatabaseFiles = { rooms: string; authority: string };
export const inMemory: DatabaseFiles = { rooms: ":memory:", authority: ":memory:" };

/** The file is not a sound database of ours. Its message is a sentence for the operator. */
export class DatabaseDamaged extends Error {
  override readonly name = "DatabaseDamaged";
}

/** Written before formats were carried over from release to release. Its message is a sentence for the operator. */
export class DatabaseTooOld extends Error {
  override readonly name = "DatabaseTooOld";
}

type Schema = "main" | "authority";
/** `first`: the number of the first migration. Pilots before it began afresh with every format. */
const schemas = [
  { schema: "main", folder: "rooms", first: 14 },
  { schema: "authority", folder: "authority", first: 1 },
] as const satisfies { schema: Schema; folder: string; first: number }[];
const migrationName = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** @throws DatabaseDamaged, DatabaseTooOld, TwinsDiffer, or the system's error when a file cannot be written. */
export function openDatabase(files: DatabaseFiles, options: { acceptOlder?: boolean } = {}): SqliteDatabase {
  const { rooms, authority } = files;
  let database: SqliteDatabase | undefined;
  let file = rooms;
  try {
    // Before SQLite does it: its logs get the modes that the files have then.
    for (const path of [rooms, authority]) if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
    database = new Database(rooms);
    database.pragma("secure_delete = ON");
    for (const { schema, folder, first } of schemas) {
      if (schema === "authority") {
        file = authority;
        database.prepare("ATTACH ? AS authority").run(file);
      }
      prepareFile(database, { schema, file });
      migrate(database, { schema, folder, first, file });
    }
    database.pragma("foreign_keys = ON");
    database.pragma("busy_timeout = 5000");
    database.pragma("trusted_schema = OFF");
    database.pragma("main.cache_size = -32000");
    reconcileTwins(database, { files, acceptOlder: options.acceptOlder === true });
    raiseInboxes(database);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && /SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error))) throw damaged(file);
    throw error;
  }
}

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");
const damaged = (file: string): DatabaseDamaged =>
  new DatabaseDamaged(`The database ${file} is damaged: restore the last backup.`);

function prepareFile(database: SqliteDatabase, { schema, file }: { schema: Schema; file: string }): void {
  database.pragma(`${schema}.journal_mode = WAL`);
  // Every acknowledged message is on the disk, not only in the operating system's memory (P1).
  database.pragma(`${schema}.synchronous = FULL`);
  if (database.pragma(`${schema}.quick_check(1)`, { simple: true }) !== "ok") throw damaged(file);
}

/** An item that a crash left without its number: the one statement that writes both files. */
const raiseInboxes = (database: SqliteDatabase): void =>
  void database
    .prepare(
      `UPDATE devices SET inbox_sequence = newest FROM (SELECT device_id, max(sequence) AS newest FROM inbox GROUP BY device_id)
         AS held WHERE held.device_id = devices.device_id AND newest > inbox_sequence`,
    )
    .run();

function migrate(
  database: SqliteDatabase,
  { schema, folder, first, file }: { schema: Schema; folder: string; first: number; file: string },
): void {
  const place = join(import.meta.dirname, "migrations", folder);
  const migrations = readdirSync(place)
    .filter((name) => migrationName.test(name))
    .sort();
  const newest = first + migrations.length - 1;
  const done = Number(database.pragma(`${schema}.user_version`, { simple: true }));
  if (done > newest)
    throw new DatabaseDamaged(`The database ${file} was written by a newer release: install that one again.`);
  if (done > 0 && done < first)
    throw new DatabaseTooOld(
      `The data in ${file} is from an earlier pilot that this release does not read: remove its folder, or choose another with NIMES_DATA, and start afresh.`,
    );
  for (const [index, name] of migrations.entries()) {
    const version = first + index;
    if (version <= done) continue;
    database.transaction(() => {
      database.exec(readFileSync(join(place, name), "utf8"));
      database.pragma(`${schema}.user_version = ${version}`);
    })();
  }
}
