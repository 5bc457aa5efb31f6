import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "@nimes/protocol/bytes";
import { digestOf, hashBehind } from "@nimes/protocol/entry";
import { limits } from "@nimes/protocol/limits";
import { fourOfficers } from "@nimes/testing/stores/four-officers";
import { application, enrolled, refounding, welcomeBy } from "@nimes/testing/stores/store-people";
import { afterAll, expect, test } from "vitest";
import { openDatabase, type SqliteDatabase } from "./open-database.ts";
import { writeRestoredEntries } from "./restored-entries.ts";
import { lastRowOf } from "./runs.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { sqliteStamps } from "./stamps.ts";
import { keepMarks } from "./twins.ts";

const folder = mkdtempSync(join(tmpdir(), "nimes-restored-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let database: SqliteDatabase;
const here = fourOfficers(async () => {
  const name = join(folder, crypto.randomUUID());
  database = openDatabase({ rooms: `${name}.rooms`, authority: `${name}.authority` });
  return sqliteStores(database);
});
const restore = (times = 1): void => writeRestoredEntries(database, { times, now: 5_000 });
const { restoredJump } = limits;

test("every room goes on far behind its last entry, with an entry that says what the server has (F14)", async () => {
  const { anna, stores, put, group, read } = here();
  const rooms = [await group(), await group()];
  const hashes = rooms.map(({ roomId }) =>
    database.prepare("SELECT hash FROM rooms WHERE room_id = ?").pluck().get(roomId),
  );
  restore();
  for (const [index, { roomId }] of rooms.entries()) {
    const sequence = 2 + restoredJump;
    const entry = (await read(roomId)).at(-1);
    const groupId = fromHex(roomId);
    expect(entry).toEqual({
      sequence,
      kind: "restored",
      time: 5_000,
      from: 2,
      groupId,
      epoch: 1,
      rolesVersion: 1,
    });
    if (!entry) throw new Error("there is one");
    const { hash } = database.prepare("SELECT hash FROM rooms WHERE room_id = ?").get(roomId) as {
      hash: Uint8Array;
    };
    expect([...hash]).toEqual([...hashBehind(hashes[index] as Uint8Array, entry)]);
    expect(await stores.roomLog.lastSequence(roomId)).toBe(sequence);
    expect(await put(anna, roomId, application())).toMatchObject({
      entry: { sequence: sequence + 1, time: 5_000 },
    });
  }
});

test("what was put back twice gives no number of the first time out again (F14)", async () => {
  const { group, read } = here();
  const { roomId } = await group();
  restore(2);
  restore();
  const restored = (await read(roomId)).slice(2);
  expect(restored).toMatchObject([
    { sequence: 2 + 2 * restoredJump, from: 2 },
    { sequence: 2 + 3 * restoredJump, from: 2 + 2 * restoredJump },
  ]);
});

test("a machine that was set back says it in every room, also where times stand ahead of its clock (F14)", async () => {
  const { anna, put, group, read } = here();
  database.exec("UPDATE main.twin SET mark = 9");
  const stamp = sqliteStamps(database, () => 5_000).newest();
  database.exec("UPDATE main.twin SET mark = 1");
  const rooms = [await group(), await group()];
  for (const table of ["entries", "rooms"])
    database.prepare(`UPDATE ${table} SET time = 9000 WHERE room_id = ?`).run(rooms[0]?.roomId);
  const stamps = sqliteStamps(database, () => 5_000);
  for (const { roomId } of rooms) await put(anna, roomId, application());
  const founded = await group();
  expect(stamps.show(stamp)).toBe(true);
  for (const { roomId } of rooms)
    expect((await read(roomId)).at(-1)).toMatchObject({
      kind: "restored",
      from: 2,
      sequence: 3 + restoredJump,
    });
  // Nobody has known it otherwise.
  expect((await read(founded.roomId)).map(({ kind }) => kind)).toEqual(["roles", "commit"]);
});

/** A run of the server, which ends with a mark. */
async function run(during: () => Promise<unknown>): Promise<void> {
  const marks = keepMarks(database, (error) => {
    throw error;
  });
  await during();
  marks.stop();
}

test("a place counts as lost where others have read something else there, and nowhere else (F14)", async () => {
  const { anna, put, group, stores } = here();
  const { roomId } = await group();
  const afterRow = lastRowOf(database);
  for (const _ of [1, 2, 3]) await put(anna, roomId, application());
  writeRestoredEntries(database, { times: 1, now: 5_000, afterRow });
  const until = 5 + restoredJump;
  const places = [1, 2, 3, 5, 6, until - 1, until, until + 1];
  const found = await Promise.all(places.map((place) => stores.roomLog.lostUntil(roomId, place)));
  expect(found).toEqual([undefined, undefined, until, until, until, until, undefined, undefined]);
});

test("what came in any run since the machine was set back counts as lost, not only in the last one (F14)", async () => {
  const { anna, put, group, read } = here();
  const { roomId } = await group();
  const write = () => put(anna, roomId, application());
  await run(write);
  const backup = ["runs", "main.twin", "authority.twin"].map((table) => ({
    table,
    rows: database.prepare(`SELECT * FROM ${table}`).raw().all() as unknown[][],
  }));
  // What is lost wrote into other rooms, which this machine does not have.
  for (const _ of [1, 2]) await run(async () => database.exec("INSERT INTO welcomes (item) VALUES (x'00')"));
  const lost = sqliteStamps(database, () => 5_000).newest();
  for (const { table, rows } of backup) {
    database.exec(`DELETE FROM ${table}`);
    for (const row of rows)
      database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => "?").join()})`).run(row);
  }
  for (const _ of [1, 2, 3]) await run(write);
  expect(sqliteStamps(database, () => 5_000).show(lost)).toBe(true);
  expect((await read(roomId)).at(-1)).toMatchObject({
    kind: "restored",
    from: 3,
    sequence: 6 + restoredJump,
  });
});

test("a refounding that answers it brings who came since, by whoever may add, who read on from it; another one does not (F14)", async () => {
  const { anna, bernd, clara, dora, stores, put, verdict, group, lastEntry } = here();
  const { roomId, payload } = await group();
  const emil = await enrolled(stores);
  const before = await lastEntry(roomId);
  restore();
  const answers = await lastEntry(roomId);
  const made = (devices: Parameters<typeof refounding>[0], to = answers) =>
    refounding(devices, { answers: to, author: anna.clientId }, welcomeBy(payload));
  expect(await verdict(anna, roomId, made([anna, bernd, clara, dora, emil], before))).toBe("malformed");
  expect(await put(anna, roomId, made([anna, bernd, clara, emil]))).toMatchObject({ outcome: "appended" });
  const members = await stores.roomLog.members(roomId);
  const placeOf = (deviceId: string) => members.find((member) => member.deviceId === deviceId);
  expect(placeOf(emil.deviceId)).toMatchObject({ from: answers.sequence, cursor: answers.sequence - 1 });
  expect(placeOf(bernd.deviceId)).toMatchObject({ from: 2 });
  expect(placeOf(dora.deviceId)).toMatchObject({ until: answers.sequence + 1 });
});

test("whoever says to have read what was lost reads on from where that is said, and nobody else (F14)", async () => {
  const { anna, bernd, stores, put, group, lastEntry } = here();
  const { roomId, payload } = await group();
  restore();
  const answers = await lastEntry(roomId);
  const emil = await enrolled(stores);
  const { roomLog } = stores;
  await put(
    anna,
    roomId,
    refounding(
      [anna, bernd],
      { answers: await lastEntry(roomId), author: anna.clientId },
      welcomeBy(payload),
    ),
  );
  // Added again later, by a commit.
  database
    .prepare("INSERT INTO members VALUES (?, ?, ?, ?, NULL, ?, x'', 2)")
    .run(...[roomId, emil.deviceId, emil.clientId, answers.sequence + 5, answers.sequence + 4]);
  const fromOf = async () =>
    (await roomLog.members(roomId)).find(({ deviceId }) => deviceId === emil.deviceId)?.from;
  for (const cursor of [1, 2, answers.sequence, answers.sequence + 1])
    expect(await roomLog.beginBehindLost(roomId, emil.deviceId, cursor)).toBe(false);
  expect(await fromOf()).toBe(answers.sequence + 5);
  expect(await roomLog.beginBehindLost(roomId, emil.deviceId, 7)).toBe(true);
  expect(await fromOf()).toBe(answers.sequence);
  expect(await roomLog.beginBehindLost(roomId, anna.deviceId, 7)).toBe(false);
});

test("what everybody has read goes in a few steps, however far the numbers went on (P7, F14)", async () => {
  const { anna, bernd, clara, dora, stores, put, group, read } = here();
  const { roomId } = await group();
  await put(anna, roomId, application());
  restore();
  await put(anna, roomId, application());
  const sequence = await stores.roomLog.lastSequence(roomId);
  const cursors = [anna, bernd, clara, dora].map(({ deviceId }) => ({ roomId, deviceId, sequence }));
  await stores.roomLog.saveCursors(cursors);
  let steps = 0;
  while ((await stores.roomLog.expire(0, 10)) > 0) steps += 1;
  expect(steps).toBeLessThan(5);
  const entries = await read(roomId);
  expect(entries.map(({ kind }) => kind)).toEqual(["roles", "commit", "expired", "restored", "expired"]);
  expect(entries.slice(2).map((entry) => digestOf(entry).byteLength)).toEqual([32, 32, 32]);
});
