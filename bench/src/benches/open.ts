/**
 * Opening the capsule, and what sealing costs: the whole in Chromium as people see it, and its parts in Node with the
 * disk in memory, which is what the processor does without the browser's IndexedDB.
 */

import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { serenityOpaque } from "@nimes/client/adapters/serenity-opaque";
import { systemClock } from "@nimes/client/adapters/system-clock";
import { openSealedStore } from "@nimes/client/capsule/sealed-store";
import type { RoomRecord } from "@nimes/client/core/room-record";
import { joinedRoom } from "@nimes/client/core/room-record";
import type { Storage } from "@nimes/client/ports/storage";
import type { Store } from "@nimes/client/ports/store";
import { createInbox } from "@nimes/client/services/delivery/inbox";
import { loadRoomRecords } from "@nimes/client/services/rooms/room-records";
import type { FullEntry } from "@nimes/protocol/entry";
import { makeRoom, send, type TestRoom } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { activateOfficer, restart } from "@nimes/testing/scenarios/officers";
import { openWorld } from "@nimes/testing/scenarios/open-world";
import type { FilledCapsule } from "../load/filled-capsule.ts";
import { fillCapsule, newCapsule } from "../load/filled-capsule.ts";
import { openInBrowser } from "../load/open-in-browser.ts";
import type { Measured } from "../measured.ts";

const repeats = 5;
const capsuleSize = { rooms: 200, messages: 20_000, people: 500 };
const waiting = 5_000;
const pageLimit = 50;

/** @returns milliseconds. */
export async function run(): Promise<Measured[]> {
  const circle = await makeCircle();
  const capsule = await fillCapsule(circle, capsuleSize);
  const lists = await times(() => openList(capsule));
  const rooms = await times(() => openRoom(capsule));
  const both = await twoSteps();
  const steps = await times(both.open);
  await both.close();
  const sealed = [];
  const bare = [];
  for (let round = 0; round < 3; round += 1) {
    const log = await fillLog(circle);
    const { storage, keys } = await newCapsule();
    sealed.push(await receive(log, await openSealedStore(storage, keys)));
    bare.push(await receive(await fillLog(circle), bareStore(createMemoryStorage())));
  }
  const size = `${capsuleSize.rooms} rooms, ${capsuleSize.messages} messages`;
  const inBrowser = await openInBrowser({ rooms: capsuleSize.rooms, messages: capsuleSize.messages });
  return [
    ...inBrowser,
    { metric: "both steps with an empty capsule, server beside", unit: "ms", runs: steps },
    { metric: `capsule key to rooms and people, ${size}`, unit: "ms", runs: lists },
    { metric: `first page of a room, ${size}`, unit: "ms", runs: rooms },
    { metric: `receive ${waiting} waiting messages, sealed`, unit: "ms", runs: sealed },
    { metric: `receive ${waiting} waiting messages, not sealed`, unit: "ms", runs: bare },
  ];
}

async function times(work: () => Promise<number>): Promise<number[]> {
  await work();
  const runs = [];
  for (let run = 0; run < repeats; run += 1) runs.push(await work());
  return runs;
}

async function openList({ storage, keys }: FilledCapsule): Promise<number> {
  const began = performance.now();
  const store = await openSealedStore(storage, keys);
  const records = await loadRoomRecords(store);
  const people = await store.list("directory", { prefix: [] });
  await store.list("outbox", { prefix: [] });
  const took = performance.now() - began;
  if (records.all().length !== capsuleSize.rooms || people.length !== capsuleSize.people)
    throw new Error("the capsule is not what was put into it");
  await store.close();
  return took;
}

async function openRoom({ storage, keys, roomIds }: FilledCapsule): Promise<number> {
  const store = await openSealedStore(storage, keys);
  const [roomId] = roomIds;
  if (!roomId) throw new Error("there are rooms");
  const began = performance.now();
  const rows = await store.list("timeline", { prefix: [roomId], limit: pageLimit + 1, newestFirst: true });
  const took = performance.now() - began;
  if (rows.length !== pageLimit + 1) throw new Error("the page is full");
  await store.close();
  return took;
}

async function twoSteps(): Promise<{ open(): Promise<number>; close(): Promise<void> }> {
  const here = await openWorld();
  const anna = await activateOfficer(here.world, "Anna", { opaque: serenityOpaque() });
  await anna.client.close();
  return {
    async open() {
      const again = await restart(anna);
      const began = performance.now();
      const opened = await again.client.open(again.pin);
      const took = performance.now() - began;
      await again.client.close();
      if (!opened.ok) throw new Error(opened.code);
      return took;
    },
    close: () => here.close(),
  };
}
type Log = { log: TestRoom; reader: TestOfficer; entries: FullEntry[]; room: RoomRecord };

/** A room in which many messages wait for one of two. */
async function fillLog(circle: TestCircle): Promise<Log> {
  const writer = await addOfficer(circle);
  const reader = await addOfficer(circle);
  const log = await makeRoom(circle, writer, [reader]);
  const sequence = log.entries.length;
  const entries: FullEntry[] = [];
  const texts = Array.from({ length: 100 }, () => "Streife 12 an Leitstelle: Lage am Bahnhof ruhig.");
  while (entries.length < waiting) entries.push(...(await send(log, writer, texts)));
  const { roomId, groupId, roles } = log.room;
  const room = joinedRoom(
    { roomId, groupId, roles, signedRoles: [log.roles], since: log.now },
    { sequence, hash: new Uint8Array(32), devices: log.devices, commit: new Uint8Array(32), epoch: 1 },
    undefined,
  );
  return { log, reader, entries, room };
}

/** What the inbox does with all that waits, from the first entry to the last acknowledgement. */
async function receive({ reader, entries, room }: Log, store: Store): Promise<number> {
  const rooms = await loadRoomRecords(store);
  await rooms.upsert(room.roomId, () => ({ room, durability: "strict" }));
  const last = entries.at(-1)?.sequence;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const inbox = createInbox({
    self: reader.clientId,
    store,
    e2ee: reader.e2ee,
    rooms,
    outbox: {
      isOwn: () => false,
      sealedAs: () => undefined,
      drop: () => undefined,
      recheck: async () => undefined,
      lastClaimed: () => 0,
    },
    changes: { tell: () => undefined, subscribe: () => () => undefined, close: () => undefined },
    clock: systemClock,
    latestTime: () => Number.POSITIVE_INFINITY,
    acknowledge: (_, sequence) => sequence === last && resolve(),
    directory: () => undefined,
    refresh: async () => undefined,
    isEnded: () => false,
    shown: () => undefined,
    onEpoch: () => undefined,
    onTrouble: () => undefined,
    onFounded: () => undefined,
    onLeft: () => undefined,
    onAsked: () => undefined,
    tellWithheld: () => undefined,
    restart: () => reject(new Error("an entry is missing")),
    progressed: () => undefined,
    failed: reject,
  });
  const began = performance.now();
  inbox.onEntries(room.roomId, entries);
  await promise;
  const took = performance.now() - began;
  if ((await store.list("timeline", { prefix: [room.roomId] })).length < waiting)
    throw new Error("a message is missing");
  return took;
}

const bareStore = (storage: Storage): Store =>
  ({
    ...storage,
    get: async (table: Parameters<Store["get"]>[0], key: readonly string[]) =>
      (await storage.getMany(table, [key]))[0],
  }) as unknown as Store;
