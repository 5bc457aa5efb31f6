import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";
import { DatabaseDamaged, type DatabaseFiles, DatabaseTooOld, openDatabase } from "./open-database.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-database-"));
const nextFiles = (): DatabaseFiles => {
  const name = join(folder, crypto.randomUUID());
  return { rooms: `${name}.rooms`, authority: `${name}.authority` };
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every commit waits for the disk, in both files (P1)", () => {
  const database = openDatabase(nextFiles());
  for (const schema of ["main", "authority"]) {
    expect(database.pragma(`${schema}.journal_mode`, { simple: true })).toBe("wal");
    // 2 is FULL: the log is synced with each commit.
    expect(database.pragma(`${schema}.synchronous`, { simple: true })).toBe(2);
    expect(database.pragma(`${schema}.secure_delete`, { simple: true })).toBe(1);
  }
  database.close();
});

test.for([
  ["rooms", 14],
  ["authority", 1],
] as const)(
  "migrations of %s run once, in order, and a file of a newer release is left alone",
  ([name, first]) => {
    const files = nextFiles();
    openDatabase(files).close();
    const raw = new Database(files[name]);
    const migrations = readdirSync(join(import.meta.dirname, "migrations", name));
    expect(raw.pragma("user_version", { simple: true })).toBe(first + migrations.length - 1);
    raw.pragma(`user_version = ${first + migrations.length}`);
    raw.close();
    expect(() => openDatabase(files)).toThrow(/newer release/);
  },
);

test("data of a pilot before formats were kept is noticed, with one sentence that offers a fresh start", () => {
  for (const version of [1, 5, 13]) {
    const files = nextFiles();
    const raw = new Database(files.rooms);
    raw.pragma(`user_version = ${version}`);
    raw.close();
    expect(() => openDatabase(files)).toThrow(DatabaseTooOld);
    expect(() => openDatabase(files)).toThrow(/earlier pilot [^\n]*start afresh/);
  }
});

test.for(["rooms", "authority"] as const)("%s that is no database is named as damaged", (name) => {
  const files = nextFiles();
  writeFileSync(files[name], "no database at all, far from it".repeat(500));
  expect(() => openDatabase(files)).toThrow(DatabaseDamaged);
  expect(() => openDatabase(files)).toThrow(files[name]);
});

test.for(["rooms", "authority"] as const)("%s with pages overwritten is named as damaged", (name) => {
  const files = nextFiles();
  const schema = name === "rooms" ? "main" : name;
  const database = openDatabase(files);
  const fill = database.prepare(
    name === "rooms"
      ? "INSERT INTO welcomes VALUES (?, randomblob(1000))"
      : "INSERT INTO manifests VALUES (?, randomblob(1000), 1)",
  );
  for (let version = 1; version <= 200; version += 1) fill.run(version);
  database.pragma("wal_checkpoint(TRUNCATE)");
  const pageSize = Number(database.pragma(`${schema}.page_size`, { simple: true }));
  const pages = Number(database.pragma(`${schema}.page_count`, { simple: true }));
  database.close();
  const handle = openSync(files[name], "r+");
  for (let page = 2; page < pages; page += 1)
    writeSync(handle, Buffer.alloc(200, 0xff), 0, 200, page * pageSize);
  closeSync(handle);
  expect(() => openDatabase(files)).toThrow(DatabaseDamaged);
  expect(() => openDatabase(files)).toThrow(files[name]);
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
