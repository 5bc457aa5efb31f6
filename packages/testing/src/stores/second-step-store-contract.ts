/** What every store of the second step must keep: PIN records and tries, rules, passkeys. */
import { newSubmissionId } from "@nimes/protocol/ids";
import { maxPinTries } from "@nimes/server/core/pin-tries";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { anySigned, enrolled } from "./store-people.ts";

const hour = 60 * 60_000;
const record = Uint8Array.of(1, 2, 3);

export function secondStepStoreContract(adapter: string, open: () => Promise<Stores>): void {
  const world = async () => {
    const stores = await open();
    const { deviceId, userId, pinRecord } = await enrolled(stores);
    return { stores, deviceId, userId, pinRecord };
  };

  describe(`PIN records : ${adapter}`, () => {
    const answer = (bytes: Uint8Array) => Uint8Array.of(...bytes, 9);
    test("tries count once for each request, and a finish takes back its own and earlier ones", async () => {
      const { stores, deviceId, pinRecord } = await world();
      const begin = async (attemptId = newSubmissionId(), requestHash = record) =>
        await stores.pins.start({ deviceId, attemptId, requestHash, at: 5 }, answer);
      const [first, second, third] = [newSubmissionId(), newSubmissionId(), newSubmissionId()];
      const answered = { outcome: "answered", sealed: answer(pinRecord) };
      expect(await begin(first)).toEqual({ ...answered, failures: 1 });
      expect(await begin(first)).toEqual({ ...answered, failures: 1 });
      expect(await begin(first, Uint8Array.of(7))).toEqual({ outcome: "malformed" });
      expect(await begin(second)).toEqual({ ...answered, failures: 2 });
      expect(await begin(third)).toEqual({ ...answered, failures: 3 });
      await stores.pins.finish(deviceId, second, 6);
      expect(await stores.pins.failures(deviceId)).toEqual({ count: 1, lastAt: 5 });
      await stores.pins.finish(deviceId, second, 9);
      expect((await stores.pins.attempt(deviceId, second))?.finishedAt).toBe(6);
      expect((await stores.pins.attempt(deviceId, first))?.finishedAt).toBeUndefined();
    });
    test("attempts that count no more are forgotten after a while, failures are not", async () => {
      const { stores, deviceId } = await world();
      const [opened, failed] = [newSubmissionId(), newSubmissionId()];
      const begin = (attemptId: typeof opened, at: number) =>
        stores.pins.start({ deviceId, attemptId, requestHash: record, at }, answer);
      await begin(opened, 5);
      await stores.pins.finish(deviceId, opened, 6);
      await begin(failed, 7);
      await stores.pins.forgetFinished(5);
      expect(await stores.pins.attempt(deviceId, opened)).toBeDefined();
      await stores.pins.forgetFinished(100);
      expect(await stores.pins.attempt(deviceId, opened)).toBeUndefined();
      expect(await stores.pins.failures(deviceId)).toEqual({ count: 1, lastAt: 7 });
    });
    test("a request that is none counts nothing", async () => {
      const { stores, deviceId } = await world();
      const attempt = { deviceId, attemptId: newSubmissionId(), requestHash: record, at: 5 };
      expect(await stores.pins.start(attempt, () => undefined)).toEqual({ outcome: "malformed" });
      expect((await stores.pins.failures(deviceId)).count).toBe(0);
    });
    test("behind the last try nothing is answered, and the record is overdue", async () => {
      const { stores, deviceId } = await world();
      const begin = (at: number) =>
        stores.pins.start({ deviceId, attemptId: newSubmissionId(), requestHash: record, at }, answer);
      for (let time = 1; time <= maxPinTries; time += 1)
        expect((await begin(time * hour)).outcome).toBe("answered");
      expect((await begin(maxPinTries * hour)).outcome).toBe("used-up");
      expect(await stores.pins.overdue(maxPinTries * hour)).toEqual([]);
      expect(await stores.pins.overdue(maxPinTries * hour + 1)).toEqual([deviceId]);
    });
    test("a change keeps the attempt that allowed it and forgets every other", async () => {
      const { stores, deviceId } = await world();
      const [kept, other] = [newSubmissionId(), newSubmissionId()];
      for (const attemptId of [other, kept])
        await stores.pins.start({ deviceId, attemptId, requestHash: record, at: 5 }, answer);
      await stores.pins.change(deviceId, Uint8Array.of(8), kept);
      expect(await stores.pins.record(deviceId)).toEqual(Uint8Array.of(8));
      expect(await stores.pins.attempt(deviceId, other)).toBeUndefined();
      expect(await stores.pins.attempt(deviceId, kept)).toBeDefined();
    });
    test("what is destroyed is gone, with its passkey", async () => {
      const { stores, deviceId, userId } = await world();
      const passkey = { credentialId: "a", publicKey: record, counter: 0, sealedShare: record };
      await stores.passkeys.put(deviceId, passkey);
      await stores.pins.destroy(deviceId);
      expect(await stores.pins.record(deviceId)).toBeUndefined();
      expect(await stores.passkeys.get(deviceId)).toBeUndefined();
      expect(await stores.directory.devicesOf(userId)).toEqual([]);
      expect((await stores.directory.device(deviceId))?.destroyed).toBe(true);
      expect(await stores.pins.destroyedCount()).toBe(1);
      const attempt = { deviceId, attemptId: newSubmissionId(), requestHash: record, at: 5 };
      expect(await stores.pins.start(attempt, answer)).toEqual({ outcome: "destroyed" });
    });
  });

  describe(`rules : ${adapter}`, () => {
    test("versions and sequences only rise; an order locks and unlocks", async () => {
      const { stores, deviceId } = await world();
      const signed = anySigned();
      const agreement = (version: number, validFrom: number) => ({ version, validFrom, signed });
      expect(await stores.rules.addAgreement(agreement(2, 100))).toBe(true);
      expect(await stores.rules.addAgreement(agreement(2, 200))).toBe(false);
      expect(await stores.rules.addAgreement(agreement(3, 200))).toBe(true);
      expect((await stores.rules.agreementAt(99))?.version).toBeUndefined();
      expect((await stores.rules.agreementAt(150))?.version).toBe(2);
      expect((await stores.rules.newestAgreement())?.version).toBe(3);
      await stores.rules.accept(deviceId, 3, signed);
      await stores.rules.accept(deviceId, 2, signed);
      expect((await stores.directory.device(deviceId))?.acceptedAgreement).toBe(3);

      const policy = { version: 4, privateAllowed: false, signed: anySigned() };
      expect(await stores.rules.addPolicy(policy)).toBe(true);
      expect(await stores.rules.addPolicy({ ...policy, version: 3 })).toBe(false);
      expect(await stores.rules.policy()).toEqual(policy);

      const order = anySigned();
      const lock = { sequence: 3, kind: "lock", signed: order, at: 70 } as const;
      expect(await stores.rules.addOrder(deviceId, lock)).toBe(true);
      expect(await stores.directory.device(deviceId)).toMatchObject({ locked: true, signedOutAt: 70 });
      expect(await stores.rules.addOrder(deviceId, { ...lock, kind: "unlock" })).toBe(false);
      expect(await stores.rules.addOrder(deviceId, { ...lock, sequence: 4, kind: "unlock" })).toBe(true);
      expect(await stores.directory.device(deviceId)).toMatchObject({ locked: false, signedOutAt: 70 });
      expect((await stores.rules.orders(deviceId, 3)).map(({ sequence }) => sequence)).toEqual([4]);
      await stores.rules.addReceipt(deviceId, 3, order);
      expect((await stores.rules.orders(deviceId, 0)).map(({ receipt }) => receipt !== undefined)).toEqual([
        true,
        false,
      ]);
      expect(await stores.rules.addOrder(deviceId, { ...lock, sequence: 5, kind: "wipe" })).toBe(true);
      expect(await stores.pins.overdue(0)).toEqual([deviceId]);
    });
  });

  test(`a passkey challenge is given out once: ${adapter}`, async () => {
    const { stores, deviceId } = await world();
    await stores.passkeys.putChallenge(deviceId, "login", "first", 1);
    await stores.passkeys.putChallenge(deviceId, "login", "second", 2);
    expect(await stores.passkeys.takeChallenge(deviceId, "registration")).toBeUndefined();
    expect(await stores.passkeys.takeChallenge(deviceId, "login")).toEqual({ challenge: "second", at: 2 });
    expect(await stores.passkeys.takeChallenge(deviceId, "login")).toBeUndefined();
  });
}
