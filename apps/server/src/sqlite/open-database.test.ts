import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";
import { DatabaseDamaged, DatabaseTooOld, openDatabase } from "./open-database.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-database-"));
const nextFile = (): string => join(folder, `${crypto.randomUUID()}.sqlite`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every commit waits for the disk (P1)", () => {
  const database = openDatabase(nextFile());
  expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
  // 2 is FULL: the log is synced with each commit.
  expect(database.pragma("synchronous", { simple: true })).toBe(2);
  expect(database.pragma("secure_delete", { simple: true })).toBe(1);
  database.close();
});

test("migrations run once, in order, and a database of a newer release is left alone", () => {
  const file = nextFile();
  openDatabase(file).close();
  const raw = new Database(file);
  const migrations = readdirSync(join(import.meta.dirname, "migrations"));
  expect(raw.pragma("user_version", { simple: true })).toBe(migrations.length);
  raw.pragma(`user_version = ${migrations.length + 1}`);
  raw.close();
  expect(() => openDatabase(file)).toThrow(/newer release/);
});

test("data of a pilot before formats were kept is noticed, with one sentence that offers a fresh start", () => {
  for (const version of [1, 5]) {
    const file = nextFile();
    openDatabase(file).close();
    const raw = new Database(file);
    raw.pragma(`user_version = ${version}`);
    raw.close();
    expect(() => openDatabase(file)).toThrow(DatabaseTooOld);
    expect(() => openDatabase(file)).toThrow(/earlier pilot [^\n]*start afresh/);
  }
});

test("a file that is no database is named as damaged", () => {
  const file = nextFile();
  writeFileSync(file, "no database at all, far from it".repeat(500));
  expect(() => openDatabase(file)).toThrow(DatabaseDamaged);
});

test("a database with a page overwritten is named as damaged", () => {
  const file = nextFile();
  const database = openDatabase(file);
  for (let version = 1; version <= 200; version += 1)
    database.prepare("INSERT INTO manifests VALUES (?, randomblob(1000))").run(version);
  database.pragma("wal_checkpoint(TRUNCATE)");
  const pageSize = Number(database.pragma("page_size", { simple: true }));
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.close();
  const handle = openSync(file, "r+");
  for (let page = 2; page < pages; page += 1)
    writeSync(handle, Buffer.alloc(200, 0xff), 0, 200, page * pageSize);
  closeSync(handle);
  expect(() => openDatabase(file)).toThrow(DatabaseDamaged);
});

test("a data folder has one server; whoever comes second is told, and may when the first is gone", () => {
  const file = join(folder, "server.lock");
  const first = lockFolder(file);
  expect(first).toBeDefined();
  expect(lockFolder(file)).toBeUndefined();
  first?.release();
  const second = lockFolder(file);
  expect(second).toBeDefined();
  second?.release();
});
