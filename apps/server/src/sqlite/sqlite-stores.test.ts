import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContracts } from "@nimes/testing/stores/store-contracts";
import { appendOf, application, commit, enrolled, founding } from "@nimes/testing/stores/store-people";
import { afterAll, expect, test } from "vitest";
import { type DatabaseFiles, openDatabase } from "./open-database.ts";
import { sqliteStores } from "./sqlite-stores.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-stores-"));
const nextFiles = (): DatabaseFiles => {
  const name = join(folder, crypto.randomUUID());
  return { rooms: `${name}.rooms`, authority: `${name}.authority` };
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContracts("SQLite", async () => sqliteStores(openDatabase(nextFiles())));

test("what was appended is there for whoever opens the file afterwards (P1)", async () => {
  const files = nextFiles();
  const first = sqliteStores(openDatabase(files));
  const anna = await enrolled(first);
  const { roomId, request } = founding(anna);
  await first.roomLog.append([request]);
  const message = appendOf(anna, roomId, application(1));
  await first.roomLog.append([appendOf(anna, roomId, commit(0, [anna])), message]);
  // Not closed: as after a crash, all that counts stands in file and log.
  const second = sqliteStores(openDatabase(files));
  expect(await second.roomLog.lastSequence(roomId)).toBe(3);
  expect((await second.roomLog.append([message]))[0]).toMatchObject({ outcome: "again", sequence: 3 });
  await second.close();
  await first.close();
});

test("a batch that fails leaves nothing of itself, and the next one works (F6)", async () => {
  const database = openDatabase(nextFiles());
  const stores = sqliteStores(database);
  const anna = await enrolled(stores);
  const { roomId, request } = founding(anna);
  await stores.roomLog.append([request, appendOf(anna, roomId, commit(0, [anna]))]);
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages + 2}`);
  const batch = Array.from({ length: 50 }, () =>
    appendOf(anna, roomId, application(1, new Uint8Array(4_000))),
  );
  await expect(stores.roomLog.append(batch)).rejects.toThrow();
  expect(await stores.roomLog.lastSequence(roomId)).toBe(2);
  expect(await stores.probe()).toBe(false);
  database.pragma("max_page_count = 1000000");
  expect(await stores.probe()).toBe(true);
  const outcomes = await stores.roomLog.append(batch);
  expect(outcomes.map((one) => one.outcome === "appended" && one.entry.sequence)).toEqual(
    batch.map((_, index) => index + 3),
  );
  await stores.close();
});

test("nobody but the server's user may read the files and their logs", async () => {
  const files = nextFiles();
  const stores = sqliteStores(openDatabase(files));
  await enrolled(stores);
  for (const file of [files.rooms, files.authority])
    for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  await stores.close();
});

test("whoever stores into a file that was taken away, or replaced by a copy, is not ready (F14)", async () => {
  const files = nextFiles();
  const stores = sqliteStores(openDatabase(files));
  expect(await stores.probe()).toBe(true);
  for (const file of [files.rooms, files.authority]) {
    renameSync(file, `${file}.aside`);
    expect(await stores.probe()).toBe(false);
    copyFileSync(`${file}.aside`, file);
    expect(await stores.probe()).toBe(false);
    renameSync(`${file}.aside`, file);
    expect(await stores.probe()).toBe(true);
  }
  await stores.close();
});
