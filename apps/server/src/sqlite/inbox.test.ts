import { appendOf, commit, enrolled, founding, welcoming } from "@nimes/testing/stores/store-people";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase, type SqliteDatabase } from "./open-database.ts";
import { sqliteStores } from "./sqlite-stores.ts";

let database: SqliteDatabase;
beforeEach(() => {
  database = openDatabase(":memory:");
});
afterEach(() => database.close());

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
  const { roomId, request } = founding(anna);
  await stores.roomLog.append([request, appendOf(anna, roomId, welcoming(0, [anna, bernd, clara]))]);
  await stores.roomLog.append([appendOf(anna, roomId, welcoming(1, [anna, bernd, clara, dora]))]);
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
  const { roomId, request } = founding(anna);
  await stores.roomLog.append([request, appendOf(anna, roomId, commit(0, [anna]))]);
  await stores.roomLog.append([appendOf(anna, roomId, welcoming(0, [anna, bernd]))]);
  expect([count("inbox"), count("welcomes")]).toEqual([0, 0]);
});

test("large Welcomes come a few at a time, all in the end", async () => {
  const stores = sqliteStores(database);
  const [anna, bernd] = [await enrolled(stores), await enrolled(stores)];
  for (let room = 0; room < 6; room += 1) {
    const { roomId, request } = founding(anna);
    const adding = { ...welcoming(0, [anna, bernd]), welcome: new Uint8Array(1_500_000) };
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
