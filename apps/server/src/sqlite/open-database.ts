/** Opens the database file, checks it and brings it to the newest form. */
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

export type SqliteDatabase = Database.Database;

/** The file is not a sound database of ours. Its message is a sentence for the operator. */
export class DatabaseDamaged extends Error {
  override readonly name = "DatabaseDamaged";
}

/** Written before formats were carried over from release to release. Its message is a sentence for the operator. */
export class DatabaseTooOld extends Error {
  override readonly name = "DatabaseTooOld";
}

/** The pilots before this version of the database began afresh with every format. */
const firstKept = 6;

const migrationsFolder = join(import.meta.dirname, "migrations");
const migrationName = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** @param file path, or `:memory:` in tests. @throws DatabaseDamaged, DatabaseTooOld, or the system's error when it cannot be written. */
export function openDatabase(file: string): SqliteDatabase {
  let database: SqliteDatabase | undefined;
  try {
    // Before SQLite does it: its log gets the mode that the file has then.
    if (file !== ":memory:") closeSync(openSync(file, "a", 0o600));
    database = new Database(file);
    database.pragma("journal_mode = WAL");
    // Every acknowledged message is on the disk, not only in the operating system's memory (P1).
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    database.pragma("secure_delete = ON");
    database.pragma("busy_timeout = 5000");
    database.pragma("trusted_schema = OFF");
    database.pragma("cache_size = -32000");
    const state = database.pragma("quick_check(1)", { simple: true });
    if (state !== "ok")
      throw new DatabaseDamaged(`The database ${file} is damaged: restore the last backup.`);
    migrate(database, file);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && /SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error)))
      throw new DatabaseDamaged(`The database ${file} is damaged: restore the last backup.`);
    throw error;
  }
}

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");

function migrate(database: SqliteDatabase, file: string): void {
  const migrations = readdirSync(migrationsFolder)
    .filter((name) => migrationName.test(name))
    .sort();
  const done = Number(database.pragma("user_version", { simple: true }));
  if (done > migrations.length)
    throw new DatabaseDamaged(`The database ${file} was written by a newer release: install that one again.`);
  if (done > 0 && done < firstKept)
    throw new DatabaseTooOld(
      `The data in ${file} is from an earlier pilot that this release does not read: remove its folder, or choose another with NIMES_DATA, and start afresh.`,
    );
  for (const [index, name] of migrations.entries()) {
    if (index < done) continue;
    database.transaction(() => {
      database.exec(readFileSync(join(migrationsFolder, name), "utf8"));
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}
