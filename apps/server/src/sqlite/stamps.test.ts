import { createHmac } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import { limits } from "@nimes/protocol/limits";
import { afterAll, expect, test } from "vitest";
import { type DatabaseFiles, openDatabase, type SqliteDatabase } from "./open-database.ts";
import { beginRun } from "./runs.ts";
import { sqliteStamps } from "./stamps.ts";
import { generationOf, keepMarks, readTwin } from "./twins.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-stamps-"));
const opened: SqliteDatabase[] = [];
afterAll(() => {
  for (const database of opened) database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A server's files. @param lineage of whose kind they are a copy. */
function server(lineage?: Uint8Array): { database: SqliteDatabase; lineage: Uint8Array } {
  const name = join(folder, crypto.randomUUID());
  const database = openDatabase({ rooms: `${name}.rooms`, authority: `${name}.authority` });
  opened.push(database);
  if (lineage)
    for (const schema of ["main", "authority"])
      database.prepare(`UPDATE ${schema}.twin SET lineage = ?`).run(lineage);
  return { database, lineage: readTwin(database, "main")?.lineage ?? new Uint8Array() };
}
const stampsOf = (database: SqliteDatabase) => sqliteStamps(database, () => 5_000);

const nextFiles = (): DatabaseFiles => {
  const name = join(folder, crypto.randomUUID());
  return { rooms: `${name}.rooms`, authority: `${name}.authority` };
};
/** The whole machine as it is now. */
function copyOf(files: DatabaseFiles): DatabaseFiles {
  const copy = nextFiles();
  for (const name of ["rooms", "authority"] as const) copyFileSync(files[name], copy[name]);
  return copy;
}
function keepOneMark(database: SqliteDatabase): void {
  const keeping = keepMarks(database, (error) => {
    throw error;
  });
  database.prepare("INSERT INTO welcomes (item) VALUES (x'00')").run();
  keeping.stop();
}
/** A run of the server that sets so many marks. @returns the stamp that phones have of it. */
function run(files: DatabaseFiles, marks: number): Uint8Array {
  const database = openDatabase(files);
  for (let mark = 0; mark < marks; mark += 1) keepOneMark(database);
  const stamp = stampsOf(database).newest();
  database.close();
  return stamp;
}
/** @returns the generation behind it. */
function show(files: DatabaseFiles, ...stamps: Uint8Array[]): number {
  const database = openDatabase(files);
  for (const stamp of stamps) stampsOf(database).show(stamp);
  const generation = generationOf(database);
  database.close();
  return generation;
}
const goOn = (database: SqliteDatabase, marks: number): void =>
  void database.prepare("UPDATE main.twin SET mark = mark + ?").run(marks);

test("a stamp of what was written later begins one new generation, whoever shows it and however often (F14)", () => {
  const { database: lived, lineage } = server();
  const { database: old } = server(lineage);
  goOn(lived, 3);
  const early = stampsOf(lived).newest();
  goOn(lived, 3);
  const late = stampsOf(lived).newest();
  expect(late.byteLength).toBeLessThanOrEqual(limits.maxStampBytes);
  const stamps = stampsOf(old);
  expect(stamps.show(early)).toBe(true);
  expect(generationOf(old)).toBe(2);
  for (const stamp of [early, late, stamps.newest()]) expect(stamps.show(stamp)).toBe(false);
  expect(generationOf(old)).toBe(2);
});

test("set back a second time to the same copy, a stamp of the first time's generation begins a third (F14)", () => {
  const { database: lived, lineage } = server();
  goOn(lived, 3);
  const { database: first } = server(lineage);
  stampsOf(first).show(stampsOf(lived).newest());
  const { database: second } = server(lineage);
  expect(stampsOf(second).show(stampsOf(first).newest())).toBe(true);
  expect(generationOf(second)).toBe(3);
});

test("what a client makes up, changes, or has from another server or from before, changes nothing (F14, S1)", () => {
  const { database } = server();
  const { database: other } = server();
  goOn(database, 3);
  keepOneMark(database);
  const stamps = stampsOf(database);
  const newest = stamps.newest();
  goOn(other, 9);
  goOn(database, 3);
  const said = decodeOwnCbor(newest) as object;
  const lies = [
    newest,
    stampsOf(other).newest(),
    encodeCbor({ ...said, mark: 1_000 }),
    encodeCbor({ ...said, generation: 7 }),
    encodeCbor({ ...said, runs: [] }),
    encodeCbor({ ...said, runs: [new Uint8Array(8)] }),
    encodeCbor({ ...said, runs: undefined }),
    encodeCbor({ ...said, mac: new Uint8Array(32) }),
    encodeCbor({ ...said, mac: new Uint8Array(31) }),
    encodeCbor({ ...said, more: 1 }),
    encodeCbor(7),
    Uint8Array.of(0xff),
    new Uint8Array(0),
  ];
  for (const lie of lies) expect(stamps.show(lie)).toBe(false);
  expect(generationOf(database)).toBe(1);
});

test("set back, the stamp of a run that is lost is noticed however much was written since, and once (F14)", () => {
  const files = nextFiles();
  run(files, 3);
  const old = copyOf(files);
  const lost = [run(files, 2), run(files, 2)];
  const own = [run(old, 20), run(old, 20)];
  expect(show(copyOf(old), ...own)).toBe(1);
  for (const stamp of lost) expect(show(copyOf(old), stamp)).toBe(2);
  expect(show(old, ...lost, ...own)).toBe(2);
});

test("set back within a run, what that run wrote further is noticed, and what it had written is not (F14)", () => {
  const files = nextFiles();
  const early = run(files, 3);
  const running = openDatabase(files);
  keepOneMark(running);
  const kept = stampsOf(running).newest();
  const old = nextFiles();
  for (const [name, schema] of [
    ["rooms", "main"],
    ["authority", "authority"],
  ] as const)
    running.prepare(`VACUUM ${schema} INTO ?`).run(old[name]);
  goOn(running, 3);
  const lost = stampsOf(running).newest();
  running.close();
  run(old, 20);
  expect(show(old, early, kept)).toBe(1);
  expect(show(old, lost)).toBe(2);
});

test("of a run that is older than all that are kept nothing is concluded; a stamp stays small (F14)", () => {
  const files = nextFiles();
  const stamps = [run(files, 1), run(files, 1)];
  const database = openDatabase(files);
  goOn(database, 2 ** 48);
  for (let more = 0; more <= 1_000; more += 1) {
    goOn(database, 1);
    beginRun(database, 0);
  }
  expect(stampsOf(database).newest().byteLength).toBeLessThanOrEqual(limits.maxStampBytes);
  expect(database.prepare("SELECT count(*) FROM runs").pluck().get()).toBe(1_000);
  for (const stamp of stamps) expect(stampsOf(database).show(stamp)).toBe(false);
  database.close();
});

test("a stamp from before there were runs is judged by its mark alone (F14)", () => {
  const { database, lineage } = server();
  const stampOf = (mark: number): Uint8Array => {
    const mac = createHmac("sha256", lineage).update(`NIMes/stamp/v1 1 ${mark}`).digest();
    return encodeCbor({ generation: 1, mark, mac: Uint8Array.from(mac) });
  };
  keepOneMark(database);
  goOn(database, 3);
  expect(stampsOf(database).show(stampOf(4))).toBe(false);
  expect(stampsOf(database).show(stampOf(9))).toBe(true);
});

test("the directory's numbers are not given out again either (F14)", () => {
  const { database: lived, lineage } = server();
  goOn(lived, 3);
  const { database: old } = server(lineage);
  old.prepare("INSERT INTO manifests (version, signed, sequence) VALUES (1, x'00', 4)").run();
  stampsOf(old).show(stampsOf(lived).newest());
  expect(old.prepare("SELECT sequence FROM manifests").pluck().get()).toBe(4 + limits.restoredJump);
});

/** As a machine that is switched off, or whose disk is full, before its statement number `at`. */
function failingAt(database: SqliteDatabase, at: number): SqliteDatabase {
  let done = 0;
  const count = (): void => {
    if (done === at) throw new Error("no further");
    done += 1;
  };
  return new Proxy(database, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (sql: string) => {
        const statement = target.prepare(sql);
        const runIt = statement.run.bind(statement);
        statement.run = (...values: unknown[]) => {
          count();
          return runIt(...values);
        };
        return statement;
      };
    },
  });
}

const diesOrGoesOn = [
  ["dies", () => undefined],
  ["fails and goes on", keepOneMark],
] as const;
test.for(diesOrGoesOn)(
  "a server that %s at any moment of beginning a generation starts again, and has it begun once (F14)",
  ([, afterwards]) => {
    const lived = nextFiles();
    run(lived, 2);
    const old = copyOf(lived);
    const stamp = run(lived, 9);
    let failed = 0;
    for (let isDone = false; !isDone; ) {
      const files = copyOf(old);
      const database = openDatabase(files);
      const stamps = stampsOf(failingAt(database, failed));
      try {
        isDone = stamps.show(stamp);
      } catch {
        failed += 1;
      }
      afterwards(database);
      database.close();
      // The phone comes again.
      expect(show(files, stamp)).toBe(2);
      const after = openDatabase(files);
      expect(readTwin(after, "authority")).toEqual(readTwin(after, "main"));
      after.close();
    }
    expect(failed).toBeGreaterThan(4);
  },
);
