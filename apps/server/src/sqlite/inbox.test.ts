import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { appendOf, commit, enrolled, founding, welcomeBy } from "@nimes/testing/stores/store-people";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inMemory, openDatabase, type SqliteDatabase } from "./open-database.ts";
import { sqliteStores } from "./sqlite-stores.ts";

let database: SqliteDatabase;
beforeEach(() => {
  database = openDatabase(inMemory);
});
afterEach(() => database.close());

test("an item whose number a crash lost keeps it, and the next one gets another (F2)", async () => {
  const name = join(mkdtempSync(join(tmpdir(), "nimes-inbox-")), "one");
  const files = { rooms: `${name}.rooms`, authority: `${name}.authority` };
  const first = openDatabase(files);
  const stores = sqliteStores(first);
  const [anna, bernd] = [await enrolled(stores), await enrolled(stores)];
  const { roomId, payload, request } = founding(anna);
  const welcomed = (epoch: number) =>
    appendOf(anna, roomId, commit(epoch, [anna, bernd], { welcome: welcomeBy(payload) }));
  await stores.roomLog.append([request, welcomed(0)]);
  // As it is left when the power fails between the two files.
  first.prepare("UPDATE devices SET inbox_sequence = 0").run();
  await stores.close();
  const again = sqliteStores(openDatabase(files));
  const [item] = await again.roomLog.inbox(bernd.deviceId, 0);
  expect(item?.sequence).toBe(1);
  expect(await again.roomLog.dropInbox(bernd.deviceId, 1)).toBe(true);
  expect(await again.roomLog.inbox(bernd.deviceId, 0)).toEqual([]);
  await again.close();
  rmSync(dirname(name), { recursive: true });
});

const count = (table: "inbox" | "welcomes"): number =>
  (database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;

test("a Welcome to many is kept once, until the last of them has it", async () => {
  const stores = sqliteStores(database);
  const [anna, bernd, clara, dora] = [
    await enrolled(stores),
    await enrolled(stores),
    await enrolled(stores),
    await enrolled(stores),
  ];
  const { roomId, payload, request } = founding(anna);
  await stores.roomLog.append([
    request,
    appendOf(anna, roomId, commit(0, [anna, bernd, clara], { welcome: welcomeBy(payload) })),
  ]);
  await stores.roomLog.append([
    appendOf(anna, roomId, commit(1, [anna, bernd, clara, dora], { welcome: welcomeBy(payload) })),
  ]);
  expect([count("inbox"), count("welcomes")]).toEqual([3, 2]);
  const [bernds] = await stores.roomLog.inbox(bernd.deviceId, 0);
  const [claras] = await stores.roomLog.inbox(clara.deviceId, 0);
  expect(claras).toEqual(bernds);
  await stores.roomLog.dropInbox(bernd.deviceId, 1);
  expect([count("inbox"), count("welcomes")]).toEqual([2, 2]);
  expect(await stores.roomLog.inbox(clara.deviceId, 0)).toEqual([claras]);
  await stores.roomLog.dropInbox(clara.deviceId, 1);
  await stores.roomLog.dropInbox(clara.deviceId, 1);
  expect([count("inbox"), count("welcomes")]).toEqual([1, 1]);
});

test("a commit that is refused leaves no Welcome", async () => {
  const stores = sqliteStores(database);
  const [anna, bernd] = [await enrolled(stores), await enrolled(stores)];
  const { roomId, payload, request } = founding(anna);
  await stores.roomLog.append([request, appendOf(anna, roomId, commit(0, [anna]))]);
  await stores.roomLog.append([
    appendOf(anna, roomId, commit(0, [anna, bernd], { welcome: welcomeBy(payload) })),
  ]);
  expect([count("inbox"), count("welcomes")]).toEqual([0, 0]);
});

test("large Welcomes come a few at a time, all in the end", async () => {
  const stores = sqliteStores(database);
  const [anna, bernd] = [await enrolled(stores), await enrolled(stores)];
  for (let room = 0; room < 6; room += 1) {
    const { roomId, payload, request } = founding(anna);
    const welcome = { ...welcomeBy(payload), welcome: new Uint8Array(1_500_000) };
    const adding = commit(0, [anna, bernd], { welcome });
    await stores.roomLog.append([request, appendOf(anna, roomId, adding)]);
  }
  const pages: number[][] = [];
  for (let after = 0; ; ) {
    const items = await stores.roomLog.inbox(bernd.deviceId, after);
    if (items.length === 0) break;
    pages.push(items.map(({ sequence }) => sequence));
    after = items.at(-1)?.sequence ?? after;
  }
  expect(pages).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});
