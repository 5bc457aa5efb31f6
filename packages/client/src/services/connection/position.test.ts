import { expect, test } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import { StoreFull } from "../../ports/store.ts";
import { loadRoomRecords } from "../rooms/room-records.ts";
import { loadPosition } from "./position.ts";

test("a stamp for which there is no space stops nothing: the earlier one stays, and tells as well", async () => {
  const keys = await deriveCapsuleKeys(randomSecret());
  const storage = createMemoryStorage();
  await storage.write([await firstSnapshot(keys)], "strict");
  const store = await openSealedStore(storage, keys);
  const records = await loadRoomRecords(store);
  let isFull = false;
  const write: typeof store.write = (changes, durability) =>
    isFull ? Promise.reject(new StoreFull()) : store.write(changes, durability);
  const position = await loadPosition({ store: { ...store, write }, records });
  await position.keepStamp(Uint8Array.of(1));
  isFull = true;
  await position.keepStamp(Uint8Array.of(2));
  expect(position.now().stamp).toEqual(Uint8Array.of(1));
  isFull = false;
  await position.keepStamp(Uint8Array.of(2));
  expect((await loadPosition({ store, records })).now().stamp).toEqual(Uint8Array.of(2));
});
