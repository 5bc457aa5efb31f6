/** One suite for every store: what the client library relies on. */
import "fake-indexeddb/auto";
import type { ClientId, MessageId, RoomId } from "@nimes/protocol/ids";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveCapsuleKeys, randomSecret } from "../capsule/keys.ts";
import { firstSnapshot } from "../capsule/revision-log.ts";
import { openSealedStore } from "../capsule/sealed-store.ts";
import type { Storage } from "../ports/storage.ts";
import { storageTables } from "../ports/storage.ts";
import type { Store, Stretch, Write } from "../ports/store.ts";
import { openIndexedDbStorage } from "./browser/indexeddb-storage.ts";
import { createMemoryStorage } from "./node/memory-storage.ts";

const roomA = "a".repeat(64) as RoomId;
const roomB = "b".repeat(64) as RoomId;
const logAt = (roomId: RoomId, sequence: number): Write => ({
  put: "log",
  key: [roomId, sequence],
  record: { hash: Uint8Array.of(sequence), bytesHash: new Uint8Array(0) },
});

/** The disk as it is, used as a store. */
const bare = (storage: Storage): Store =>
  ({
    ...storage,
    get: async (table: Parameters<Store["get"]>[0], key: readonly string[]) =>
      (await storage.getMany(table, [key]))[0],
  }) as unknown as Store;
async function sealed(storage: Storage): Promise<Store> {
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  return openSealedStore(storage, keys);
}
const indexedDb = () => openIndexedDbStorage(`contract ${crypto.randomUUID()}`);

const stores: [name: string, open: () => Promise<Store>][] = [
  ["memory", async () => bare(createMemoryStorage())],
  ["IndexedDB", async () => bare(await indexedDb())],
  ["memory, sealed", () => sealed(createMemoryStorage())],
  ["IndexedDB, sealed", async () => sealed(await indexedDb())],
];

describe.each(stores)("the store in %s", (_, open) => {
  const sequences = async (store: Store, stretch: Stretch) =>
    (await store.list("log", stretch)).map(({ key }) => key[1]);

  test("gives back what was put, and nothing for what was not", async () => {
    const store = await open();
    await store.write([logAt(roomA, 1)], "strict");
    expect((await store.get("log", [roomA, 1]))?.hash).toEqual(Uint8Array.of(1));
    expect(await store.get("log", [roomA, 2])).toBeUndefined();
    expect(await store.get("log", [roomB, 1])).toBeUndefined();
  });

  test("replaces and deletes", async () => {
    const store = await open();
    const key = [roomA, "m" as MessageId] as const;
    const place = { index: 0, sender: "s" as ClientId };
    await store.write([{ put: "messages", key, record: { ...place, sequence: 1 } }], "relaxed");
    await store.write([{ put: "messages", key, record: { ...place, sequence: 2 } }], "relaxed");
    expect(await store.get("messages", key)).toEqual({ ...place, sequence: 2 });
    await store.write([{ delete: "messages", key }], "relaxed");
    await store.write([{ delete: "messages", key }], "relaxed");
    expect(await store.get("messages", key)).toBeUndefined();
  });

  test("lists one room in order of numbers, not of digits", async () => {
    const store = await open();
    await store.write(
      [10, 9, 100, 1].map((sequence) => logAt(roomA, sequence)),
      "relaxed",
    );
    await store.write([logAt(roomB, 5)], "relaxed");
    expect(await sequences(store, { prefix: [roomA] })).toEqual([1, 9, 10, 100]);
    expect(await sequences(store, { prefix: [roomB] })).toEqual([5]);
    expect(await sequences(store, { prefix: [] })).toEqual([1, 9, 10, 100, 5]);
  });

  test("bounds are left out, a limit counts from the end that is asked for", async () => {
    const store = await open();
    await store.write(
      [1, 2, 3, 4, 5].map((sequence) => logAt(roomA, sequence)),
      "relaxed",
    );
    expect(await sequences(store, { prefix: [roomA], after: [roomA, 2] })).toEqual([3, 4, 5]);
    expect(await sequences(store, { prefix: [roomA], before: [roomA, 4] })).toEqual([1, 2, 3]);
    expect(await sequences(store, { prefix: [roomA], limit: 2 })).toEqual([1, 2]);
    expect(await sequences(store, { prefix: [roomA], limit: 2, newestFirst: true })).toEqual([5, 4]);
    const middle = { prefix: [roomA], after: [roomA, 1], before: [roomA, 5], newestFirst: true };
    expect(await sequences(store, middle)).toEqual([4, 3, 2]);
  });

  test("values are copies: what is changed afterwards is not changed in the store", async () => {
    const store = await open();
    const hash = Uint8Array.of(1);
    await store.write(
      [{ put: "log", key: [roomA, 1], record: { hash, bytesHash: new Uint8Array(0) } }],
      "relaxed",
    );
    hash[0] = 9;
    const read = await store.get("log", [roomA, 1]);
    expect(read?.hash).toEqual(Uint8Array.of(1));
    read?.hash.fill(8);
    expect((await store.get("log", [roomA, 1]))?.hash).toEqual(Uint8Array.of(1));
  });

  test("a batch that cannot be stored changes nothing (F7)", async () => {
    const store = await open();
    await store.write([logAt(roomA, 1)], "strict");
    const uncloneable = { hash: (() => 1) as unknown as Uint8Array, bytesHash: new Uint8Array(0) };
    const batch: Write[] = [logAt(roomA, 2), { put: "log", key: [roomA, 3], record: uncloneable }];
    await expect(store.write(batch, "strict")).rejects.toThrow();
    expect(await sequences(store, { prefix: [roomA] })).toEqual([1]);
  });
});

test("IndexedDB keeps keys that nobody can export, and they still sign", async () => {
  const storage = await indexedDb();
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  await storage.write([{ put: "outside", key: ["device"], record: { pair } }], "strict");
  const [kept] = (await storage.getMany("outside", [["device"]])) as [{ pair: CryptoKeyPair }];
  const signature = await crypto.subtle.sign("Ed25519", kept.pair.privateKey, new Uint8Array(1));
  expect(await crypto.subtle.verify("Ed25519", pair.publicKey, signature, new Uint8Array(1))).toBe(true);
  await expect(crypto.subtle.exportKey("pkcs8", kept.pair.privateKey)).rejects.toThrow();
});

test("what is destroyed is gone from every table, and the storage can be used again", async () => {
  for (const storage of [createMemoryStorage(), await indexedDb()]) {
    await storage.write(
      storageTables.map((table) => ({ put: table, key: ["x", 1], record: { secret: 1 } })),
      "strict",
    );
    await storage.destroy();
    for (const table of storageTables) expect(await storage.list(table, { prefix: [] })).toEqual([]);
    await storage.write([{ put: "outside", key: ["x"], record: 1 }], "strict");
    expect(await storage.getMany("outside", [["x"]])).toEqual([1]);
  }
});

test("all stores give the same answers to whatever is written and asked", async () => {
  const sequence = fc.integer({ min: -2, max: 12 });
  const room = fc.constantFrom(roomA, roomB);
  const change = fc.record({ room, sequence, put: fc.boolean() });
  const stretch = fc.record(
    {
      room,
      after: sequence,
      before: sequence,
      limit: fc.integer({ min: 1, max: 5 }),
      newestFirst: fc.boolean(),
    },
    { requiredKeys: ["room"] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 30 }), stretch, async (changes, asked) => {
      // An empty stretch cannot be asked for: IndexedDB refuses bounds that cross.
      fc.pre((asked.after ?? -9) < (asked.before ?? 99));
      const answers = [];
      for (const [, open] of stores) {
        const store = await open();
        for (const one of changes)
          await store.write(
            [one.put ? logAt(one.room, one.sequence) : { delete: "log", key: [one.room, one.sequence] }],
            "relaxed",
          );
        const { room: prefix, after, before, ...rest } = asked;
        answers.push(
          await store.list("log", {
            prefix: [prefix],
            ...rest,
            ...(after !== undefined && { after: [prefix, after] }),
            ...(before !== undefined && { before: [prefix, before] }),
          }),
        );
        await store.close();
      }
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }),
    { numRuns: 40 },
  );
});
