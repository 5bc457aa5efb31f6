/** What lies on the disk gives nothing away, and nobody changes it unnoticed. */
import { fromHex, toBase64Url, toHex, utf8 } from "@nimes/protocol/bytes";
import type { ClientId, MessageId, RoomId } from "@nimes/protocol/ids";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { createMemoryStorage } from "../adapters/node/memory-storage.ts";
import { compareKeys } from "../core/keys-in-order.ts";
import type { StoredItem } from "../core/stored-item.ts";
import type { Storage, StorageTable } from "../ports/storage.ts";
import { storageTables } from "../ports/storage.ts";
import type { Key, Store, Write } from "../ports/store.ts";
import { StoreClosed, StoreFull } from "../ports/store.ts";
import { CapsuleDamaged } from "./capsule-damaged.ts";
import { type CapsuleKeys, deriveCapsuleKeys, randomSecret } from "./keys.ts";
import { firstSnapshot } from "./revision-log.ts";
import { openSealedStore } from "./sealed-store.ts";

const roomA = "a".repeat(64) as RoomId;
const roomB = "b".repeat(64) as RoomId;
const messageId = "0123456789abcdef0123456789abcdef" as MessageId;
let storage: Storage;
let keys: CapsuleKeys;
beforeEach(async () => {
  storage = createMemoryStorage();
  keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
});
const open = (): Promise<Store> => openSealedStore(storage, keys);

const position = (sequence: number, which: "directory" | "inbox" = "inbox"): Write => ({
  put: "positions",
  key: [which],
  record: { sequence },
});
const said = (text: string): StoredItem => ({
  kind: "message",
  messageId,
  sender: "sender" as never,
  at: 1_700_000_000_000,
  sentAt: 1_700_000_000_000,
  body: { kind: "text", text },
});
const placed = (roomId: RoomId, sequence: number, text: string): Write => ({
  put: "timeline",
  key: [roomId, sequence, 1],
  record: said(text),
});

type Image = { table: StorageTable; key: Key; record: unknown }[];
async function image(): Promise<Image> {
  const rows = await Promise.all(
    storageTables.map(async (table) =>
      (await storage.list(table, { prefix: [] })).map((row) => ({ table, ...row })),
    ),
  );
  return rows.flat();
}
const put = ({ table, key, record }: Image[number], into: Key = key) =>
  storage.write([{ put: table, key: into, record }], "strict");
const only = async (table: StorageTable): Promise<Image[number]> => {
  const [row] = (await image()).filter((one) => one.table === table);
  if (!row) throw new Error(`nothing in ${table}`);
  return row;
};

test("no text, no id and no name can be read on the disk (C1)", async () => {
  const store = await open();
  const secrets = ["Zugriff um vier Uhr", roomA, messageId, "inbox"];
  const bytes = fromHex("00ff11ee22dd33cc44bb55aa66997788");
  await store.write(
    [
      placed(roomA, 1, "Zugriff um vier Uhr"),
      position(7),
      {
        put: "messages",
        key: [roomA, messageId],
        record: { sequence: 1, index: 1, sender: "s" as ClientId },
      },
      { put: "pictures", key: [roomA, messageId], record: { bytes, mediaType: "image/jpeg" } },
    ],
    "strict",
  );
  const forms = secrets.flatMap((text) => [
    utf8(text),
    Uint8Array.from(Buffer.from(text, "utf16le")),
    utf8(toBase64Url(utf8(text)).slice(0, -2)),
    utf8(toHex(utf8(text))),
  ]);
  const disk = await image();
  expect(disk.length).toBeGreaterThan(5);
  for (const { key, record } of disk) {
    const stored = Buffer.concat([Buffer.from(JSON.stringify(key)), Buffer.from(record as Uint8Array)]);
    for (const form of [...forms, bytes]) expect(stored.includes(Buffer.from(form))).toBe(false);
  }
});

test("a record that is put in another's place is noticed (C2)", async () => {
  const store = await open();
  await store.write([position(1, "inbox"), position(2, "directory")], "strict");
  const [first, second] = (await image()).filter(({ table }) => table === "positions");
  if (!first || !second) throw new Error("two records were written");
  await put(first, second.key);
  const reads = await Promise.allSettled([
    store.get("positions", ["inbox"]),
    store.get("positions", ["directory"]),
  ]);
  expect(reads.filter(({ status }) => status === "rejected")).toHaveLength(1);
  await put(second, first.key);
  for (const which of ["inbox", "directory"] as const)
    await expect(store.get("positions", [which])).rejects.toThrow(CapsuleDamaged);
});

test("a record that is put into another store is noticed, under its own name and under the other's (C2)", async () => {
  const store = await open();
  await store.write([placed(roomA, 1, "eins"), position(1)], "strict");
  const log: Write = {
    put: "log",
    key: [roomA, 1],
    record: { hash: new Uint8Array(32), bytesHash: new Uint8Array(0) },
  };
  await store.write([log], "strict");
  const [timeline, other] = [await only("timeline"), await only("log")];
  // The two stores name their blocks alike only where the names say nothing.
  expect(timeline.key).not.toEqual(other.key);
  await put({ ...other, record: timeline.record });
  await expect((await open()).list("log", { prefix: [roomA] })).rejects.toThrow(CapsuleDamaged);
  await put(other);
  await put({ ...timeline, table: "log" });
  expect(await (await open()).list("log", { prefix: [roomA] })).toHaveLength(1);
  await put({ ...(await only("positions")), table: "rooms" });
  expect(await (await open()).list("rooms", { prefix: [] })).toEqual([]);
});

test("a record that is set back to an older state is noticed, at once and after a restart (C2)", async () => {
  const store = await open();
  await store.write([position(1)], "strict");
  const older = await only("positions");
  await store.write([position(2)], "strict");
  await put(older);
  await expect(store.get("positions", ["inbox"])).rejects.toThrow(CapsuleDamaged);
  await expect((await open()).get("positions", ["inbox"])).rejects.toThrow(CapsuleDamaged);
});

test("a block of messages that is set back is noticed by whoever opens the room (C2)", async () => {
  const store = await open();
  await store.write([placed(roomA, 1, "eins")], "strict");
  const older = await only("timeline");
  await store.write([placed(roomA, 2, "zwei")], "strict");
  await put(older);
  const again = await open();
  await expect(again.list("timeline", { prefix: [roomA] })).rejects.toThrow(CapsuleDamaged);
  await expect(again.write([placed(roomA, 3, "drei")], "strict")).rejects.toThrow(CapsuleDamaged);
});

test("a record that is taken away is noticed, one that is brought back counts for nothing (C2)", async () => {
  const store = await open();
  await store.write([position(1)], "strict");
  const kept = await only("positions");
  await storage.write([{ delete: "positions", key: kept.key }], "strict");
  await expect(store.get("positions", ["inbox"])).rejects.toThrow(CapsuleDamaged);
  await put(kept);
  await store.write([{ delete: "positions", key: ["inbox"] }], "strict");
  await put(kept);
  expect(await store.get("positions", ["inbox"])).toBeUndefined();
  expect(await (await open()).list("positions", { prefix: [] })).toEqual([]);
});

test("every flipped byte is noticed (C2)", async () => {
  const store = await open();
  await store.write([position(1)], "strict");
  const row = await only("positions");
  const bytes = row.record as Uint8Array;
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const flipped = bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    await put({ ...row, record: flipped });
    await expect(store.get("positions", ["inbox"])).rejects.toThrow(CapsuleDamaged);
  }
});

test("a journal with a write missing, in another order or without its beginning does not open (C2)", async () => {
  const store = await open();
  for (let sequence = 1; sequence <= 3; sequence += 1) await store.write([position(sequence)], "strict");
  const journal = (await image()).filter(({ table }) => table === "revisions");
  expect(journal).toHaveLength(4);
  const [first, second, , snapshot] = journal;
  if (!first || !second || !snapshot) throw new Error("the journal has its entries");
  const broken = async (): Promise<void> => {
    await expect(open()).rejects.toThrow(CapsuleDamaged);
    for (const row of journal) await put(row);
    await open();
  };
  await storage.write([{ delete: "revisions", key: second.key }], "strict");
  await broken();
  await storage.write([{ delete: "revisions", key: snapshot.key }], "strict");
  await broken();
  await put(first, second.key);
  await broken();
});

test("another capsule's key opens nothing", async () => {
  await (await open()).write([position(1)], "strict");
  keys = await deriveCapsuleKeys(randomSecret());
  await expect(open()).rejects.toThrow(CapsuleDamaged);
});

test("a disk that is full fails only what is too much for it, and nothing of that is kept", async () => {
  const inner = storage;
  storage = {
    ...inner,
    async write(changes, durability) {
      const size = changes.reduce(
        (sum, change) => sum + ("put" in change ? (change.record as Uint8Array).byteLength : 0),
        0,
      );
      if (size > 10_000) throw new StoreFull();
      await inner.write(changes, durability);
    },
  };
  const store = await open();
  const large = { bytes: new Uint8Array(20_000), mediaType: "image/jpeg" as const };
  const results = await Promise.allSettled([
    store.write([position(1)], "strict"),
    store.write(
      [position(2, "directory"), { put: "pictures", key: [roomA, messageId], record: large }],
      "strict",
    ),
    store.write([placed(roomA, 1, "passt")], "strict"),
    store.write([placed(roomA, 2, "passt auch")], "strict"),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  for (const one of [store, await open()]) {
    expect(await one.get("positions", ["inbox"])).toEqual({ sequence: 1 });
    expect(await one.get("positions", ["directory"])).toBeUndefined();
    expect(await one.list("timeline", { prefix: [roomA] })).toHaveLength(2);
  }
});

test("reading while much is written sees whole states and no false alarm", async () => {
  const store = await open();
  const writes: Promise<void>[] = [];
  const reads: Promise<unknown>[] = [];
  for (let round = 1; round <= 60; round += 1) {
    writes.push(store.write([position(round), placed(roomA, round, `${round}`)], "relaxed"));
    reads.push(store.get("positions", ["inbox"]), store.list("timeline", { prefix: [roomA] }));
    if (round % 7 === 0) await writes.at(-1);
  }
  await Promise.all([...writes, ...reads]);
  expect(await store.get("positions", ["inbox"])).toEqual({ sequence: 60 });
});

test("hundreds of writes, restarts in between, and rooms of many blocks: what was written is there, in order", async () => {
  const where = fc.record({
    room: fc.constantFrom(roomA, roomB),
    sequence: fc.integer({ min: 1, max: 200 }),
    put: fc.boolean(),
  });
  const batch = fc.record({
    changes: fc.array(where, { minLength: 1, maxLength: 6 }),
    restart: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 90 }), async (batches) => {
      storage = createMemoryStorage();
      await storage.write([await firstSnapshot(keys)], "strict");
      let store = await open();
      const model = new Map<string, { key: Key; text: string }>();
      for (const [number, { changes, restart }] of batches.entries()) {
        await store.write(
          changes.map(({ room, sequence, put: keep }): Write => {
            const key = [room, sequence, 1] as const;
            if (keep) model.set(key.join(), { key, text: `${number}` });
            else model.delete(key.join());
            return keep ? placed(room, sequence, `${number}`) : { delete: "timeline", key };
          }),
          "relaxed",
        );
        if (restart) store = await open();
      }
      for (const room of [roomA, roomB]) {
        const expected = [...model.values()]
          .filter(({ key }) => key[0] === room)
          .sort((a, b) => compareKeys(a.key, b.key))
          .map(({ key, text }) => ({ key, record: said(text) }));
        expect(await store.list("timeline", { prefix: [room] })).toEqual(expected);
      }
    }),
    { numRuns: 15 },
  );
});

test("the journal is replaced by a snapshot before it grows long, and the start reads the same", async () => {
  const store = await open();
  for (let sequence = 1; sequence <= 600; sequence += 1)
    await store.write([position(sequence), placed(roomA, sequence, "x")], "relaxed");
  const journal = (await image()).filter(({ table }) => table === "revisions");
  expect(journal.length).toBeLessThanOrEqual(257);
  const again = await open();
  expect(await again.get("positions", ["inbox"])).toEqual({ sequence: 600 });
  expect(await again.list("timeline", { prefix: [roomA] })).toHaveLength(600);
});

test("a capsule that has been closed says so by a name of its own: whoever reads meanwhile answers a person", async () => {
  const store = await open();
  await store.close();
  for (const asked of [
    store.get("positions", ["inbox"]),
    store.list("timeline", { prefix: [roomA] }),
    store.write([position(1)], "relaxed"),
  ])
    await expect(asked).rejects.toThrow(StoreClosed);
});
