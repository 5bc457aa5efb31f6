import { newUserId } from "@nimes/protocol/ids";
import { enrolled, randomBytes } from "@nimes/testing/stores/store-people";
import { expect, test } from "vitest";
import { memoryStores } from "../memory/memory-stores.ts";
import { processHintBus } from "../memory/process-hint-bus.ts";
import { createKeyPackages } from "./key-packages.ts";

test("one device cannot use up everybody's key packages (S7)", async () => {
  const stores = memoryStores();
  let now = 0;
  const keyPackages = createKeyPackages({ stores, hints: processHintBus(), now: () => now });
  const [greedy, modest, target] = [await enrolled(stores), await enrolled(stores), await enrolled(stores)];
  const crowd = Array.from({ length: 99 }, () => newUserId());
  let claimed = 0;
  while ((await keyPackages.claim(greedy, [target.userId, ...crowd])).ok) claimed += 1;
  expect(claimed).toBe(20);
  expect(await keyPackages.claim(greedy, [target.userId, ...crowd])).toEqual({ ok: false, code: "too-many" });
  expect((await keyPackages.claim(modest, [target.userId])).ok).toBe(true);
  now += 100_000;
  expect((await keyPackages.claim(greedy, [target.userId, ...crowd])).ok).toBe(true);
});

test("nobody waits for somebody whom the directory does not know", async () => {
  const stores = memoryStores();
  const keyPackages = createKeyPackages({ stores, hints: processHintBus(), now: () => 0 });
  const [anna, bernd] = [await enrolled(stores), await enrolled(stores)];
  expect(await keyPackages.claim(anna, [newUserId(), bernd.userId])).toEqual({
    ok: true,
    value: [{ clientId: bernd.clientId, keyPackage: null }],
  });
  expect(await stores.keyPackages.waitsOf(anna.deviceId)).toEqual([bernd.userId]);
  await keyPackages.add(bernd, [randomBytes(10)]);
  expect(await keyPackages.available(anna.deviceId)).toEqual([bernd.userId]);
});
