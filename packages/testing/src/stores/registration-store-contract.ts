/** What every store of PIN registrations must keep. */
import { toHex } from "@nimes/protocol/bytes";
import type { RegistrationId } from "@nimes/protocol/ids";
import type { NewRegistration, RegistrationOwner } from "@nimes/server/ports/registration-store";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { enrolled } from "./store-people.ts";

const [record, otherRecord] = [Uint8Array.of(1), Uint8Array.of(2)];
const letter: RegistrationOwner = { kind: "letter", name: "a" };
const signIn: RegistrationOwner = { kind: "sign-in", name: "a" };
const newId = () => toHex(crypto.getRandomValues(new Uint8Array(32))) as RegistrationId;

export function registrationStoreContract(adapter: string, open: () => Promise<Stores>): void {
  const world = async () => {
    const stores = await open();
    const { deviceId } = await enrolled(stores);
    const { registrations } = stores;
    const begin = async (of: Partial<NewRegistration> = {}, bound = { count: 10, since: 0 }) => {
      const registrationId = newId();
      const sealed = Uint8Array.of(9);
      const registration = { registrationId, owner: letter, deviceId, sealed, at: 5, ...of };
      return { registrationId, outcome: await registrations.begin(registration, bound) };
    };
    return { stores, registrations, deviceId, begin };
  };

  describe(`registrations of PINs : ${adapter}`, () => {
    test("one is used once, by its owner, for its device and one record; the same again is the same use (P6)", async () => {
      const { registrations, deviceId, begin } = await world();
      const { registrationId } = await begin();
      const use = { owner: letter, deviceId, recordHash: record };
      const stranger = { ...letter, name: "b" };
      const elsewhere = "0".repeat(32) as typeof deviceId;
      expect(await registrations.use(registrationId, { ...use, owner: stranger })).toBeUndefined();
      expect(await registrations.use(registrationId, { ...use, deviceId: elsewhere })).toBeUndefined();
      expect(await registrations.use(newId(), use)).toBeUndefined();
      expect(await registrations.use(registrationId, use)).toEqual(Uint8Array.of(9));
      expect(await registrations.use(registrationId, use)).toEqual(Uint8Array.of(9));
      expect(await registrations.use(registrationId, { ...use, recordHash: otherRecord })).toBeUndefined();
    });
    test("a sign-in uses one and begins none after it; a letter may begin another", async () => {
      const { registrations, deviceId, begin } = await world();
      const [first, second] = [await begin({ owner: signIn }), await begin({ owner: signIn })];
      const use = { owner: signIn, deviceId, recordHash: record };
      expect(await registrations.use(first.registrationId, use)).toBeDefined();
      expect(await registrations.use(second.registrationId, use)).toBeUndefined();
      expect(await registrations.use(first.registrationId, use)).toBeDefined();
      expect((await begin({ owner: signIn })).outcome).toBe("used");
      const { registrationId } = await begin();
      await registrations.use(registrationId, { owner: letter, deviceId, recordHash: record });
      expect((await begin()).outcome).toBe("begun");
    });
    test("so many begin since a moment and no more, of each owner; a clock set back does not help", async () => {
      const { begin } = await world();
      const bound = { count: 2, since: 10 };
      for (const at of [5, 20, 30]) expect((await begin({ at }, bound)).outcome).toBe("begun");
      expect((await begin({ at: 31 }, bound)).outcome).toBe("too-many");
      expect((await begin({ at: 1 }, { count: 2, since: 0 })).outcome).toBe("too-many");
      expect((await begin({ owner: signIn }, bound)).outcome).toBe("begun");
    });
    test("what is old is forgotten, and what belongs to a destroyed device with it", async () => {
      const { stores, registrations, deviceId, begin } = await world();
      const [old, young] = [await begin({ at: 5 }), await begin({ at: 50 })];
      const use = { owner: letter, deviceId, recordHash: record };
      await registrations.forget("sign-in", 100);
      await registrations.forget("letter", 50);
      expect(await registrations.use(old.registrationId, use)).toBeUndefined();
      expect(await registrations.use(young.registrationId, use)).toBeDefined();
      await stores.pins.destroy(deviceId);
      expect(await registrations.use(young.registrationId, use)).toBeUndefined();
    });
  });
}
