import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@nimes/protocol/limits";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { type DatabaseFiles, openDatabase, type SqliteDatabase } from "./open-database.ts";
import { generationOf, keepMarks, TwinsDiffer } from "./twins.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-twins-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const nextFiles = (): DatabaseFiles => {
  const name = join(folder, crypto.randomUUID());
  return { rooms: `${name}.rooms`, authority: `${name}.authority` };
};

/** A server's run. @param during is given the open database, one mark after another. */
function run(files: DatabaseFiles, ...during: ((database: SqliteDatabase) => void)[]): number {
  const database = openDatabase(files);
  const marks = keepMarks(database, (error) => {
    throw error;
  });
  for (const step of during) {
    step(database);
    vi.advanceTimersByTime(1_000);
  }
  const generation = generationOf(database);
  marks.stop();
  database.close();
  return generation;
}

let keyPackages = 0;
function write(database: SqliteDatabase): void {
  keyPackages += 1;
  database
    .prepare("INSERT INTO key_packages (device_id, digest, bytes) VALUES ('a', ?, x'01')")
    .run(Buffer.from([keyPackages]));
}
const nothing = (): void => undefined;
/** As the documented backup does it: also while the server runs. */
const backUp = (files: DatabaseFiles, name: keyof DatabaseFiles): ((database: SqliteDatabase) => void) => {
  return () => {
    const source = new Database(files[name]);
    source.prepare("VACUUM INTO ?").run(`${files[name]}.backup`);
    source.close();
  };
};
const restore = (files: DatabaseFiles, name: keyof DatabaseFiles): void => {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${files[name]}${end}`, { force: true });
  copyFileSync(`${files[name]}.backup`, files[name]);
};

test("a server that goes on, also after a crash at any moment, stays in its generation (F14)", () => {
  const files = nextFiles();
  expect(run(files, write, write)).toBe(1);
  expect(run(files)).toBe(1);
  expect(run(files, nothing)).toBe(1);
  const left = openDatabase(files);
  write(left);
  // As a crash between the two marks leaves it: in rooms alone.
  left.prepare("UPDATE main.twin SET mark = mark + 1").run();
  left.close();
  expect(run(files, write)).toBe(1);
  expect(run(files)).toBe(1);
});

test("rooms from a backup taken under load begin a new generation, each time, and give out no old key package (F14)", () => {
  const files = nextFiles();
  run(files, write, backUp(files, "rooms"), write, write);
  restore(files, "rooms");
  expect(run(files, write)).toBe(2);
  expect(run(files)).toBe(2);
  restore(files, "rooms");
  expect(
    run(files, (database) => {
      const left = database
        .prepare("SELECT count(*) FROM key_packages WHERE bytes IS NOT NULL")
        .pluck()
        .get();
      expect(left).toBe(0);
    }),
  ).toBe(3);
});

test("where nothing was written since the backup, nothing is lost and nothing begins (F14)", () => {
  const files = nextFiles();
  run(files, write, nothing, backUp(files, "rooms"), nothing);
  restore(files, "rooms");
  expect(run(files)).toBe(1);
});

test("rooms that are gone altogether begin anew with the same authority (F14)", () => {
  const files = nextFiles();
  run(files, write);
  for (const end of ["", "-wal", "-shm"]) rmSync(`${files.rooms}${end}`, { force: true });
  expect(run(files)).toBe(2);
});

test("an authority that is lost is asked for, and nothing is made in its place (F14)", () => {
  const files = nextFiles();
  run(files, write);
  rmSync(files.authority);
  for (const _ of [1, 2]) {
    expect(() => openDatabase(files)).toThrow(TwinsDiffer);
    expect(() => openDatabase(files)).toThrow(/authority is missing or empty: restore its newest copy/);
  }
});

test("an authority older than the rooms is asked for in its newest copy, and taken only by somebody's word (F14)", () => {
  const files = nextFiles();
  run(files, write, backUp(files, "authority"), write, write);
  restore(files, "authority");
  expect(() => openDatabase(files)).toThrow(/older than .* NIMES_ACCEPT_OLDER/);
  openDatabase(files, { acceptOlder: true }).close();
  expect(run(files)).toBe(2);
});

test("the generation rises over both files: an older authority does not bring an old one back (F14)", () => {
  const files = nextFiles();
  run(files, backUp(files, "authority"), write, backUp(files, "rooms"), write, write);
  restore(files, "rooms");
  expect(run(files, write, write)).toBe(2);
  restore(files, "authority");
  openDatabase(files, { acceptOlder: true }).close();
  expect(run(files)).toBe(3);
});

const letter = (database: SqliteDatabase): void => {
  const head = database.prepare("SELECT coalesce(max(sequence), 0) FROM users").pluck().get() as number;
  database.prepare("INSERT INTO users (user_id, sequence) VALUES (?, ?)").run(crypto.randomUUID(), head + 1);
};
const headOf = (database: SqliteDatabase): number =>
  database.prepare("SELECT max(sequence) FROM users").pluck().get() as number;

test("an authority that is put back gives out no number of the directory again, however often (F14)", () => {
  const files = nextFiles();
  run(files, write, letter, backUp(files, "rooms"), write, write, backUp(files, "authority"), letter);
  // Phones have heard of two, and of what came in a generation that is lost with this authority.
  for (const [time, generation] of [
    [1, 2],
    [2, 3],
  ] as const) {
    if (time === 1) restore(files, "rooms");
    restore(files, "authority");
    const database = openDatabase(files, { acceptOlder: true });
    expect(generationOf(database)).toBe(generation);
    expect(headOf(database)).toBe(1 + time * limits.restoredJump);
    letter(database);
    database.close();
  }
});

test("an authority of an earlier generation is older, also where its mark happens to fit (F14)", () => {
  const files = nextFiles();
  run(files, write, write);
  const database = openDatabase(files);
  database.prepare("UPDATE main.twin SET generation = 2").run();
  database.close();
  expect(() => openDatabase(files)).toThrow(/older than .* NIMES_ACCEPT_OLDER/);
  openDatabase(files, { acceptOlder: true }).close();
  expect(run(files)).toBe(3);
});

test("rooms of an earlier generation begin a new one, whatever their mark says (F14)", () => {
  const files = nextFiles();
  run(files, write, backUp(files, "rooms"), write, write, write);
  // As a crash between the two marks leaves them.
  const crashed = new Database(files.rooms);
  crashed.exec("UPDATE twin SET mark = mark + 1");
  crashed.close();
  copyFileSync(files.rooms, `${files.rooms}.crashed`);
  restore(files, "rooms");
  expect(run(files)).toBe(2);
  // The disk is whole after all, and the file from before is put back.
  copyFileSync(`${files.rooms}.crashed`, `${files.rooms}.backup`);
  restore(files, "rooms");
  expect(run(files)).toBe(3);
});

test("files of two servers are not taken together (F14)", () => {
  const [ours, theirs] = [nextFiles(), nextFiles()];
  run(ours, write);
  run(theirs, write);
  expect(() => openDatabase({ rooms: ours.rooms, authority: theirs.authority })).toThrow(
    /two different servers/,
  );
});
