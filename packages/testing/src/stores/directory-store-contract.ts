/** What every directory store must keep. */
import type { Stores } from "@nimes/server/ports/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anyAttestation, anyDevice, anySigned } from "./store-people.ts";

export function directoryStoreContract(adapter: string, open: () => Promise<Stores>): void {
  describe(`directory store: ${adapter}`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    test("manifests come back in order, each version once", async () => {
      const { directory } = stores;
      const [first, second] = [anySigned(), anySigned()];
      expect(await directory.addManifest(1, first)).toBe(true);
      expect(await directory.addManifest(2, second)).toBe(true);
      expect(await directory.addManifest(2, anySigned())).toBe(false);
      expect(await directory.manifests()).toEqual([first, second]);
    });

    test("an attestation is found again; the same once more is no news (P6)", async () => {
      const { directory } = stores;
      const anna = anyAttestation();
      expect(await directory.user(anna.userId)).toBeUndefined();
      const taken = { outcome: "taken", sequence: 1 };
      expect(await directory.putAttestation(anna)).toEqual(taken);
      expect(await directory.putAttestation(anna)).toEqual({ outcome: "again", sequence: 1 });
      expect(await directory.user(anna.userId)).toEqual({ ...anna, used: false, counts: true });
      expect(await directory.head()).toBe(1);
    });

    test("a letter that was not used is replaced by a newer one, and the older does not come back", async () => {
      const { directory } = stores;
      const first = anyAttestation({ validFrom: 1_000 });
      const second = anyAttestation({ userId: first.userId, validFrom: 2_000 });
      await directory.putAttestation(first);
      expect(await directory.putAttestation(second)).toMatchObject({ outcome: "taken", sequence: 2 });
      expect(await directory.putAttestation(first)).toEqual({ outcome: "outdated" });
      expect(await directory.activate(anyDevice(first))).toEqual({ outcome: "replaced" });
      expect(await directory.activate(anyDevice(second))).toMatchObject({ outcome: "activated" });
    });

    test("a letter is found by its activation key, and one that was replaced is not", async () => {
      const { directory } = stores;
      const first = anyAttestation({ validFrom: 1_000 });
      await directory.putAttestation(anyAttestation());
      await directory.putAttestation(first);
      expect(await directory.userOfLetter(first.activationKey)).toEqual({
        ...first,
        used: false,
        counts: true,
      });
      const second = anyAttestation({ userId: first.userId, validFrom: 2_000 });
      await directory.putAttestation(second);
      expect(await directory.userOfLetter(first.activationKey)).toBeUndefined();
      await directory.activate(anyDevice(second));
      expect(await directory.userOfLetter(second.activationKey)).toMatchObject({ used: true });
      expect(await directory.userOfLetter(anyAttestation().activationKey)).toBeUndefined();
    });

    test("a letter is used once; the same genesis again is the same answer (D4, P6)", async () => {
      const { directory } = stores;
      const anna = anyAttestation();
      await directory.putAttestation(anna);
      const device = anyDevice(anna);
      expect(await directory.activate(device)).toEqual({ outcome: "activated", sequence: 2, ended: [] });
      expect(await directory.activate(device)).toEqual({ outcome: "again", sequence: 2 });
      expect(await directory.activate(anyDevice(anna))).toEqual({ outcome: "used" });
      const newer = anyAttestation({ userId: anna.userId, validFrom: 9_000 });
      expect(await directory.putAttestation(newer)).toEqual({ outcome: "outdated" });
      expect((await directory.devicesOf(anna.userId)).map(({ deviceId }) => deviceId)).toEqual([
        device.deviceId,
      ]);
      expect((await directory.user(anna.userId))?.used).toBe(true);
      expect(await directory.usedLetters()).toEqual([
        { userId: anna.userId, activationKey: anna.activationKey },
      ]);
    });

    test("two who use one letter at the same moment: one has it (D4)", async () => {
      const { directory } = stores;
      const anna = anyAttestation();
      await directory.putAttestation(anna);
      const both = await Promise.all([
        directory.activate(anyDevice(anna)),
        directory.activate(anyDevice(anna)),
      ]);
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(["activated", "used"]);
      expect(await directory.devicesOf(anna.userId)).toHaveLength(1);
    });

    test("an officer nobody attested has no letter", async () => {
      expect(await stores.directory.activate(anyDevice(anyAttestation()))).toEqual({ outcome: "replaced" });
    });

    test("a higher generation ends the devices of the lower ones when it is used and not before (A8)", async () => {
      const { directory } = stores;
      const first = anyAttestation();
      await directory.putAttestation(first);
      const old = anyDevice(first);
      await directory.activate(old);
      const second = anyAttestation({ userId: first.userId, generation: 2, validFrom: 500 });
      expect(await directory.putAttestation(second)).toEqual({ outcome: "taken", sequence: 3 });
      expect(await directory.changesAfter(0, 10)).toEqual([
        { sequence: 3, userId: first.userId, attestation: first.attestation, links: [old.genesis] },
      ]);
      expect(await directory.devicesOf(first.userId)).toHaveLength(1);
      expect(await directory.putAttestation(first)).toEqual({ outcome: "outdated" });

      const fresh = anyDevice(second);
      const activated = { outcome: "activated", sequence: 4, ended: [old.deviceId] };
      expect(await directory.activate(fresh)).toEqual(activated);
      expect(await directory.device(old.deviceId)).toMatchObject({ ended: true });
      expect(await directory.device(fresh.deviceId)).toMatchObject({ ended: false });
      expect((await directory.devicesOf(first.userId)).map(({ deviceId }) => deviceId)).toEqual([
        fresh.deviceId,
      ]);
      expect((await directory.allDevicesOf(first.userId)).map(({ deviceId }) => deviceId)).toEqual([
        old.deviceId,
        fresh.deviceId,
      ]);
      expect(await directory.changesAfter(0, 10)).toEqual([
        {
          sequence: 4,
          userId: first.userId,
          attestation: second.attestation,
          links: [fresh.genesis],
          former: [{ attestation: first.attestation, links: [old.genesis] }],
        },
      ]);
      expect(await stores.pins.overdue(0)).toEqual([old.deviceId]);
    });

    test("a letter for a new device is replaced by a newer one, and one that nobody used leaves no trace", async () => {
      const { directory } = stores;
      const first = anyAttestation();
      await directory.putAttestation(first);
      const second = anyAttestation({ userId: first.userId, generation: 2 });
      await directory.putAttestation(second);
      const third = anyAttestation({ userId: first.userId, generation: 3 });
      await directory.putAttestation(third);
      expect(await directory.activate(anyDevice(second))).toEqual({ outcome: "replaced" });
      const device = anyDevice(third);
      await directory.activate(device);
      expect(await directory.changesAfter(0, 10)).toEqual([
        { sequence: 4, userId: first.userId, attestation: third.attestation, links: [device.genesis] },
      ]);
    });

    test("a letter that was used before a backup was restored stays used (F14)", async () => {
      const { directory } = stores;
      const anna = anyAttestation();
      await directory.putAttestation(anna);
      await directory.markUsed(anna.userId, anna.activationKey);
      expect(await directory.activate(anyDevice(anna))).toEqual({ outcome: "used" });
    });

    test("a device is found by its id, with what its owner signed out", async () => {
      const { directory } = stores;
      const anna = anyAttestation();
      await directory.putAttestation(anna);
      const device = anyDevice(anna);
      expect(await directory.device(device.deviceId)).toBeUndefined();
      await directory.activate(device);
      const { deviceId, activationKey: _, pinRecord, ...known } = device;
      const fresh = { ended: false, revoked: false, locked: false, destroyed: false };
      const unused = { signedOutAt: 0, acceptedAgreement: 0 };
      const row = { ...known, deviceId, ...fresh, ...unused };
      expect(await stores.pins.record(deviceId)).toEqual(pinRecord);
      expect(await directory.device(deviceId)).toEqual(row);
      await directory.signOut(deviceId, 5_000);
      await directory.signOut(deviceId, 4_000);
      expect(await directory.device(deviceId)).toEqual({ ...row, signedOutAt: 5_000 });
      await directory.forgetSignOuts(5_000);
      expect(await directory.device(deviceId)).toEqual({ ...row, signedOutAt: 5_000 });
      await directory.forgetSignOuts(5_001);
      expect(await directory.device(deviceId)).toEqual(row);
    });

    test("changes come in order, page by page, each user once with its newest state", async () => {
      const { directory } = stores;
      const people = Array.from({ length: 5 }, () => anyAttestation());
      for (const person of people) await directory.putAttestation(person);
      const [first] = people;
      if (!first) throw new Error("nobody there");
      await directory.activate(anyDevice(first));
      const page = await directory.changesAfter(0, 3);
      expect(page.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
      const rest = await directory.changesAfter(4, 10);
      expect(rest.map(({ sequence }) => sequence)).toEqual([5, 6]);
      expect(rest.at(-1)?.userId).toBe(first.userId);
      expect(await directory.head()).toBe(6);
    });
  });
}
