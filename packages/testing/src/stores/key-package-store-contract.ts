/** What every key package store must keep. */
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enrolled, randomBytes } from "./store-people.ts";

export function keyPackageStoreContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`key package store: ${adapter}`, () => {
    let stores: Stores;
    let device: NewDevice;
    beforeEach(async () => {
      stores = await open();
      device = await enrolled(stores);
    });
    afterEach(() => stores.close());

    test("each is given out once, oldest first, also to many who ask at once", async () => {
      const { keyPackages: store } = stores;
      const given = Array.from({ length: 5 }, () => randomBytes(80));
      expect(await store.add(device.deviceId, { keyPackages: given, max: 10 })).toBe(5);
      const taken = await Promise.all(Array.from({ length: 7 }, () => store.take(device.deviceId)));
      expect(taken.slice(0, 5).map((bytes) => bytes && [...bytes])).toEqual(given.map((bytes) => [...bytes]));
      expect(taken.slice(5)).toEqual([undefined, undefined]);
      expect(await store.count(device.deviceId)).toBe(0);
    });

    test("one that is sent again, before or after it was given out, is not given out twice (P6)", async () => {
      const { keyPackages: store } = stores;
      const keyPackages = [randomBytes(80), randomBytes(80)];
      await store.add(device.deviceId, { keyPackages, max: 10 });
      await store.take(device.deviceId);
      expect(await store.add(device.deviceId, { keyPackages, max: 10 })).toBe(1);
      expect(await store.take(device.deviceId)).toBeDefined();
      expect(await store.take(device.deviceId)).toBeUndefined();
    });

    test("beyond the limit none is kept", async () => {
      const { keyPackages: store } = stores;
      const three = () => [randomBytes(80), randomBytes(80), randomBytes(80)];
      expect(await store.add(device.deviceId, { keyPackages: three(), max: 5 })).toBe(3);
      expect(await store.add(device.deviceId, { keyPackages: three(), max: 5 })).toBeUndefined();
      expect(await store.count(device.deviceId)).toBe(3);
    });

    test("who waits for whom is remembered until it ends", async () => {
      const { keyPackages: store } = stores;
      const other = await enrolled(stores);
      await store.wait(device.deviceId, other.userId);
      await store.wait(device.deviceId, other.userId);
      expect(await store.waitingFor(other.userId)).toEqual([device.deviceId]);
      expect(await store.waitsOf(device.deviceId)).toEqual([other.userId]);
      await store.endWait(device.deviceId, other.userId);
      expect(await store.waitingFor(other.userId)).toEqual([]);
    });

    test("a device that has ended leaves nothing", async () => {
      const { keyPackages: store } = stores;
      const other = await enrolled(stores);
      await store.add(device.deviceId, { keyPackages: [randomBytes(80)], max: 5 });
      await store.wait(device.deviceId, other.userId);
      await store.drop(device.deviceId);
      expect(await store.take(device.deviceId)).toBeUndefined();
      expect(await store.waitingFor(other.userId)).toEqual([]);
    });
  });
}
