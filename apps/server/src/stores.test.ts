/** Laws of the ports of the second step; every adapter is held to them. */
import { newSubmissionId } from "@nimes/protocol/ids";
import type { TestLetter } from "@nimes/testing/organisation";
import {
  activateDevice,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
  signAgreement,
  signOrder,
  signPolicy,
} from "@nimes/testing/organisation";
import { describe, expect, test } from "vitest";
import { maxPinTries } from "./core/pin-tries.ts";
import { memoryStores } from "./memory/memory-stores.ts";
import type { Stores } from "./ports/stores.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteStores } from "./sqlite/sqlite-stores.ts";

const adapters = [
  { name: "SQLite", open: () => sqliteStores(openDatabase(":memory:")) },
  { name: "memory", open: memoryStores },
];
const hour = 60 * 60_000;
const record = Uint8Array.of(1, 2, 3);
/** Without Node's own kind of byte strings. */
const plain = <T>(value: T): T => structuredClone(value);

async function attest(stores: Stores, letter: TestLetter) {
  const { userId, generation, activationKey, activateUntil } = letter.attestation;
  const attestation = letter.signedAttestation;
  return stores.directory.putAttestation({ userId, generation, activationKey, activateUntil, attestation });
}
async function activate(stores: Stores, letter: TestLetter) {
  const device = await activateDevice(letter);
  const { deviceId, clientId, genesis, deviceClass } = device;
  const row = {
    deviceId,
    clientId,
    genesis,
    deviceClass,
    userId: letter.userId,
    deviceKey: device.device.publicKey,
    generation: letter.attestation.generation,
    acceptedAgreement: 0,
    pinRecord: record,
  };
  return { device, row, outcome: await stores.directory.activate(row) };
}

for (const { name, open } of adapters) {
  const world = async () => {
    const stores = open();
    const letter = await enrolOfficer(await makeOrganisation());
    await attest(stores, letter);
    const { device, row } = await activate(stores, letter);
    return { stores, letter, device, row, deviceId: device.deviceId };
  };

  describe(`directory in ${name}`, () => {
    test("a letter is used once; the same genesis again gets the same answer", async () => {
      const { stores, letter, row } = await world();
      expect(await stores.directory.activate(row)).toEqual({ sequence: 2, ended: [] });
      expect((await activate(stores, letter)).outcome).toBe("used");
      expect((await stores.directory.letter(letter.userId))?.used).toBe(true);
      expect(await attest(stores, letter)).toBe("activated");
    });
    test("a higher generation ends the lower one when it is used and not before", async () => {
      const { stores, letter, device, deviceId } = await world();
      const next = await enrolAgain(letter);
      await attest(stores, next);
      const [waiting] = await stores.directory.changesAfter(0, 10);
      expect(waiting).toMatchObject(generationOf(letter, device));
      expect(await stores.directory.devicesOf(letter.userId)).toHaveLength(1);
      const fresh = await activate(stores, next);
      expect(fresh.outcome).toMatchObject({ ended: [deviceId] });
      const [entry] = await stores.directory.changesAfter(0, 10);
      expect(entry).toMatchObject({
        ...generationOf(next, fresh.device),
        former: [generationOf(letter, device)],
      });
      expect((await stores.directory.devicesOf(letter.userId)).map((one) => one.deviceId)).toEqual([
        fresh.device.deviceId,
      ]);
      expect(await stores.directory.allDevicesOf(letter.userId)).toHaveLength(2);
      expect(await attest(stores, letter)).toBe("outdated");
      expect(await stores.pins.overdue(0)).toEqual([deviceId]);
    });
    test("a letter that nobody used is replaced without a trace", async () => {
      const stores = open();
      const letter = await enrolOfficer(await makeOrganisation());
      await attest(stores, letter);
      const next = await enrolAgain(letter);
      await attest(stores, next);
      const { device } = await activate(stores, next);
      const [entry] = await stores.directory.changesAfter(0, 10);
      expect(entry).toMatchObject(generationOf(next, device));
      expect(entry?.former).toBeUndefined();
    });
    test("the end of tokens never goes back", async () => {
      const { stores, deviceId } = await world();
      await stores.directory.endTokens(deviceId, 50);
      await stores.directory.endTokens(deviceId, 20);
      expect((await stores.directory.device(deviceId))?.tokensAfter).toBe(50);
    });
    test("a letter marked as used activates nothing", async () => {
      const stores = open();
      const letter = await enrolOfficer(await makeOrganisation());
      await attest(stores, letter);
      await stores.directory.markUsed(letter.userId, letter.attestation.activationKey);
      expect((await activate(stores, letter)).outcome).toBe("used");
      expect(plain(await stores.directory.usedLetters())).toEqual([
        { userId: letter.userId, activationKey: letter.attestation.activationKey },
      ]);
    });
  });

  describe(`PIN records in ${name}`, () => {
    const answer = (bytes: Uint8Array) => Uint8Array.of(...bytes, 9);
    test("tries count once for each request, and a finish takes back its own and earlier ones", async () => {
      const { stores, deviceId } = await world();
      const begin = async (attemptId = newSubmissionId(), requestHash = record) =>
        plain(await stores.pins.start({ deviceId, attemptId, requestHash, at: 5 }, answer));
      const [first, second, third] = [newSubmissionId(), newSubmissionId(), newSubmissionId()];
      const answered = { outcome: "answered", sealed: answer(record) };
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
      expect(plain(await stores.pins.record(deviceId))).toEqual(Uint8Array.of(8));
      expect(await stores.pins.attempt(deviceId, other)).toBeUndefined();
      expect(await stores.pins.attempt(deviceId, kept)).toBeDefined();
    });
    test("what is destroyed is gone, with passkey and key packages", async () => {
      const { stores, deviceId, letter } = await world();
      const passkey = { credentialId: "a", publicKey: record, counter: 0, sealedShare: record };
      await stores.passkeys.put(deviceId, passkey);
      await stores.keyPackages.add(deviceId, [record]);
      await stores.pins.destroy(deviceId);
      expect(await stores.pins.record(deviceId)).toBeUndefined();
      expect(await stores.passkeys.get(deviceId)).toBeUndefined();
      expect(await stores.keyPackages.count(deviceId)).toBe(0);
      expect(await stores.directory.devicesOf(letter.userId)).toEqual([]);
      expect((await stores.directory.device(deviceId))?.destroyed).toBe(true);
      expect(await stores.pins.destroyedCount()).toBe(1);
      const attempt = { deviceId, attemptId: newSubmissionId(), requestHash: record, at: 5 };
      expect(await stores.pins.start(attempt, answer)).toEqual({ outcome: "destroyed" });
    });
  });

  describe(`rules in ${name}`, () => {
    test("versions and sequences only rise; an order locks and unlocks", async () => {
      const { stores, letter, deviceId } = await world();
      const { organisation } = letter;
      const signed = await signAgreement(organisation);
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

      const policy = { version: 4, privateAllowed: false, signed: await signPolicy(organisation) };
      expect(await stores.rules.addPolicy(policy)).toBe(true);
      expect(await stores.rules.addPolicy({ ...policy, version: 3 })).toBe(false);
      expect(await stores.rules.policy()).toEqual(policy);

      const order = await signOrder(organisation, "lock", { deviceId, sequence: 3 });
      const lock = { sequence: 3, kind: "lock", signed: order, at: 70 } as const;
      expect(await stores.rules.addOrder(deviceId, lock)).toBe(true);
      expect(await stores.directory.device(deviceId)).toMatchObject({ locked: true, tokensAfter: 70 });
      expect(await stores.rules.addOrder(deviceId, { ...lock, kind: "unlock" })).toBe(false);
      expect(await stores.rules.addOrder(deviceId, { ...lock, sequence: 4, kind: "unlock" })).toBe(true);
      expect(await stores.directory.device(deviceId)).toMatchObject({ locked: false, tokensAfter: 70 });
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

  test(`a passkey challenge in ${name} is given out once`, async () => {
    const { stores, deviceId } = await world();
    await stores.passkeys.putChallenge(deviceId, "login", "first", 1);
    await stores.passkeys.putChallenge(deviceId, "login", "second", 2);
    expect(await stores.passkeys.takeChallenge(deviceId, "registration")).toBeUndefined();
    expect(await stores.passkeys.takeChallenge(deviceId, "login")).toEqual({ challenge: "second", at: 2 });
    expect(await stores.passkeys.takeChallenge(deviceId, "login")).toBeUndefined();
  });
}
