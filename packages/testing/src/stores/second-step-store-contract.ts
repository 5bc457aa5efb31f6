/** What every store of the second step must keep: PIN records and tries, rules, passkeys. */
import { newSubmissionId } from "@nimes/protocol/ids";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { maxPinTries } from "@nimes/server/core/pin-tries";
import type { Stores } from "@nimes/server/ports/stores";
import { describe, expect, test } from "vitest";
import { anySigned, enrolled, randomBytes } from "./store-people.ts";

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
      const passkey = { credentialId: "a", publicKey: record, counter: 0, sealedShare: record, addedAt: 7 };
      await stores.passkeys.put(deviceId, passkey);
      expect(await stores.passkeys.get(deviceId)).toEqual(passkey);
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
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const only = (...keys: Uint8Array[]) => ({ policyKeys: keys, revocationKeys: keys });
    const agreement = (version: number, validFrom: number, signer = first) => ({
      ...{ version, validFrom, signer },
      signed: anySigned(),
    });
    const policy = (version: number, signer = first, privateAllowed = true) => ({
      ...{ version, signer, privateAllowed },
      signed: anySigned(),
    });
    const order = (sequence: number, kind: OrderKind, signer = first) => ({
      ...{ sequence, kind, signer },
      signed: anySigned(),
      at: 70,
    });
    const ruled = async () => {
      const { stores, deviceId } = await world();
      await stores.rules.judgeKeys(only(first, second), 1);
      const device = async () => {
        const row = await stores.directory.device(deviceId);
        if (!row) throw new Error("enrolled above");
        return row;
      };
      return { rules: stores.rules, pins: stores.pins, deviceId, device };
    };

    test("versions and sequences only rise; an order locks and unlocks", async () => {
      const { rules, pins, deviceId, device } = await ruled();
      const signed = anySigned();
      expect(await rules.addAgreement(agreement(2, 100))).toBe(true);
      expect(await rules.addAgreement(agreement(2, 200))).toBe(false);
      expect(await rules.addAgreement(agreement(3, 200))).toBe(true);
      expect((await rules.agreementAt(99))?.version).toBeUndefined();
      expect((await rules.agreementAt(150))?.version).toBe(2);
      expect((await rules.newestAgreement())?.version).toBe(3);
      await rules.accept(deviceId, agreement(3, 200), signed);
      await rules.accept(deviceId, agreement(2, 100), signed);
      expect((await device()).acceptedAgreement).toBe(3);

      const fourth = policy(4, first, false);
      expect(await rules.addPolicy(fourth)).toBe(true);
      expect(await rules.addPolicy(policy(3))).toBe(false);
      expect(await rules.policy()).toEqual(fourth);

      expect(await rules.addOrder(deviceId, order(3, "lock"))).toBe(true);
      expect(await device()).toMatchObject({ locked: true, signedOutAt: 70 });
      expect(await rules.addOrder(deviceId, order(3, "unlock"))).toBe(false);
      expect(await rules.addOrder(deviceId, order(4, "unlock"))).toBe(true);
      expect(await device()).toMatchObject({ locked: false, signedOutAt: 70 });
      expect((await rules.orders(deviceId, 3)).map(({ sequence }) => sequence)).toEqual([4]);
      await rules.addReceipt(deviceId, { sequence: 3, signer: first }, signed);
      expect((await rules.orders(deviceId, 0)).map(({ receipt }) => receipt !== undefined)).toEqual([
        true,
        false,
      ]);
      expect(await rules.addOrder(deviceId, order(5, "wipe"))).toBe(true);
      expect(await pins.overdue(0)).toEqual([deviceId]);
    });

    test("what a key signed that was struck out counts no more, uses up no number, and counts again with its key", async () => {
      const { rules, deviceId, device } = await ruled();
      await rules.addAgreement(agreement(1, 1));
      await rules.addAgreement(agreement(900, 2, second));
      await rules.accept(deviceId, agreement(1, 1), anySigned());
      await rules.accept(deviceId, agreement(900, 2, second), anySigned());
      const honest = policy(1);
      await rules.addPolicy(honest);
      await rules.addPolicy(policy(900, second, false));
      expect(await device()).toMatchObject({ acceptedAgreement: 900 });

      expect(await rules.judgeKeys(only(first), 1)).toEqual({ changed: true, locked: [] });
      expect(await rules.judgeKeys(only(first), 1)).toEqual({ changed: false, locked: [] });
      expect((await rules.newestAgreement())?.version).toBe(1);
      expect((await rules.agreementAt(5))?.version).toBe(1);
      expect(await rules.agreement(900)).toBeUndefined();
      expect(await device()).toMatchObject({ acceptedAgreement: 1 });
      expect(await rules.policy()).toEqual(honest);
      expect(await rules.addAgreement(agreement(901, 2, second))).toBe(false);
      expect(await rules.addPolicy(policy(901, second))).toBe(false);
      expect(await rules.addAgreement(agreement(2, 3))).toBe(true);
      expect(await rules.addPolicy(policy(2))).toBe(true);

      await rules.judgeKeys(only(first, second), 1);
      expect(await device()).toMatchObject({ acceptedAgreement: 900 });
      expect((await rules.policy())?.version).toBe(900);
    });

    test("a device is locked or open by its last order that counts", async () => {
      const { rules, pins, deviceId, device } = await ruled();
      await rules.addOrder(deviceId, order(1, "lock"));
      await rules.addOrder(deviceId, order(900, "unlock", second));
      expect(await device()).toMatchObject({ locked: false });
      expect(await rules.judgeKeys(only(first), 80)).toEqual({ changed: true, locked: [deviceId] });
      expect(await device()).toMatchObject({ locked: true, signedOutAt: 80 });
      expect(await rules.lastOrder(deviceId)).toBe(1);
      expect((await rules.orders(deviceId, 0)).map(({ sequence }) => sequence)).toEqual([1]);
      expect(await rules.addOrder(deviceId, order(901, "unlock", second))).toBe(false);
      expect(await rules.addOrder(deviceId, order(2, "unlock"))).toBe(true);

      await rules.judgeKeys(only(first, second), 81);
      await rules.addOrder(deviceId, order(901, "lock", second));
      await rules.addOrder(deviceId, order(902, "wipe", second));
      expect(await pins.overdue(0)).toEqual([deviceId]);
      await rules.judgeKeys(only(first), 82);
      expect(await device()).toMatchObject({ locked: false });
      expect(await pins.overdue(0)).toEqual([]);
      // Its receipt may still come.
      expect((await rules.everyOrder(deviceId, 902)).map(({ kind }) => kind)).toEqual(["wipe"]);
      await rules.judgeKeys(only(), 83);
      expect(await rules.lastOrder(deviceId)).toBeUndefined();
    });

    test("two keys may have signed the same number, and a receipt belongs to one of them", async () => {
      const { rules, deviceId } = await ruled();
      await rules.judgeKeys(only(second), 1);
      expect(await rules.addOrder(deviceId, order(1, "lock", second))).toBe(true);
      await rules.judgeKeys(only(first), 2);
      expect(await rules.addOrder(deviceId, order(1, "lock"))).toBe(true);
      expect(await rules.everyOrder(deviceId, 1)).toHaveLength(2);
      await rules.addReceipt(deviceId, { sequence: 1, signer: second }, anySigned());
      expect((await rules.orders(deviceId, 0)).map(({ receipt }) => receipt)).toEqual([undefined]);
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
