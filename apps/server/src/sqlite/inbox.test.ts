import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import {
  anyAttestation,
  anyDevice,
  anySigned,
  appendOf,
  commit,
  enrolled,
  founding,
  welcoming,
} from "@nimes/testing/stores/store-people";
import Database from "better-sqlite3";
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

test("Welcomes that an older release kept, one for each device, are still there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nimes-inbox-"));
  const file = join(folder, "nimes.sqlite");
  const older = new Database(file);
  const migrations = join(import.meta.dirname, "migrations");
  for (const name of readdirSync(migrations).sort().slice(0, 3))
    older.exec(readFileSync(join(migrations, name), "utf8"));
  older.pragma("user_version = 3");
  const { clientId, deviceId } = anyDevice(anyAttestation());
  const item: InboxItem = {
    sequence: 5,
    kind: "welcome",
    roomId: "a".repeat(64) as InboxItem["roomId"],
    roomSequence: 2,
    runningHash: new Uint8Array(32),
    welcome: Uint8Array.of(1, 2, 3),
    roles: [anySigned()],
    devices: [clientId],
    committer: clientId,
  };
  const add = older.prepare("INSERT INTO inbox (device_id, sequence, item) VALUES (?, ?, ?)");
  add.run(deviceId, 5, encodeCbor(item));
  add.run(deviceId, 6, encodeCbor({ ...item, sequence: 6, roomSequence: 9 }));
  older.close();
  const stores = sqliteStores(openDatabase(file));
  expect(await stores.roomLog.inbox(deviceId, 0)).toEqual([item, { ...item, sequence: 6, roomSequence: 9 }]);
  await stores.close();
  rmSync(folder, { recursive: true });
});
