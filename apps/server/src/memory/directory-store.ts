/** Organisation, officers and devices in memory, for tests. */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { attestationEnd } from "../core/attestation-end.ts";
import { directoryEntry } from "../core/directory-entry.ts";
import type { Letter, Transfer } from "../core/letters.ts";
import { countsNow, judgeAttestation, mayReplace, newestLetter } from "../core/letters.ts";
import { userRow } from "../core/user-row.ts";
import type { DeviceRow, DirectoryStore, Rejudged, UserRow } from "../ports/directory-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

export function memoryDirectoryStore(state: MemoryState): DirectoryStore {
  const manifests = new Map<number, Signed>();
  const users = new Map<UserId, { userId: UserId; sequence: number }>();
  const letters = new Map<UserId, Letter[]>();
  const letterOfDevice = new Map<string, string>();
  let transfers: Transfer[] = [];
  let head = 0;
  const lettersOf = (userId: UserId): Letter[] => letters.get(userId) ?? [];
  const transfersOf = (userId: UserId): Transfer[] => transfers.filter((one) => one.userId === userId);
  const devicesOf = (userId: UserId): DeviceRow[] =>
    [...state.devices.values()]
      .filter((device) => device.userId === userId)
      .sort((a, b) => a.generation - b.generation);

  function user(userId: UserId): UserRow | undefined {
    const letter = newestLetter(lettersOf(userId));
    return letter && userRow(userId, letter);
  }
  function changed(userId: UserId): number {
    head += 1;
    users.set(userId, { userId, sequence: head });
    return head;
  }
  const entryOf = (user: { userId: UserId; sequence: number }): DirectoryEntry =>
    directoryEntry(user, lettersOf(user.userId), transfersOf(user.userId));

  /** When a letter runs out, by the latest of its attestations that count. */
  function validUntil(userId: UserId, activationKey: Uint8Array): number {
    const latest = lettersOf(userId)
      .filter((letter) => equalBytes(letter.activationKey, activationKey))
      .flatMap(({ attested }) => attested.filter(({ counts }) => counts))
      .sort((a, b) => a.validFrom - b.validFrom)
      .at(-1);
    return latest ? attestationEnd(latest.attestation.payload) : 0;
  }

  /** A device follows its letter. */
  function judgeDevices(): Rejudged {
    const rejudged: Rejudged = { revoked: [], restored: [] };
    for (const { deviceId, userId, revoked } of state.devices.values()) {
      const key = letterOfDevice.get(deviceId);
      const letter = lettersOf(userId).find(({ activationKey }) => toHex(activationKey) === key);
      const counts = letter !== undefined && countsNow(letter);
      if (counts !== revoked) continue;
      changeDevice(state, deviceId, { revoked: !counts });
      (counts ? rejudged.restored : rejudged.revoked).push(deviceId);
    }
    return rejudged;
  }

  return {
    manifests: async () => [...manifests].sort(([a], [b]) => a - b).map(([, manifest]) => manifest),
    newestVersion: async () => Math.max(0, ...manifests.keys()),
    async addManifest(version, manifest) {
      if (manifests.has(version)) return false;
      manifests.set(version, manifest);
      head += 1;
      return true;
    },
    async judgeDesks(validUntil) {
      for (const [userId, all] of letters)
        letters.set(
          userId,
          all.map((letter) => ({
            ...letter,
            attested: letter.attested.map((one) => {
              const end = validUntil({ key: one.deskKey, unitId: one.unitId });
              return { ...one, counts: end !== undefined && one.validFrom <= end };
            }),
          })),
        );
      return judgeDevices();
    },
    async attestedBy(deskKey, { after, limit }) {
      const found = [...letters.values()]
        .flat()
        .flatMap(({ attested, used }) =>
          attested
            .filter((one) => equalBytes(one.deskKey, deskKey))
            .map(({ attestation }) => ({ attestation, used })),
        );
      return found.map((one, index) => ({ ...one, at: index + 1 })).slice(after, after + limit);
    },
    async putTransfer(transfer) {
      const isSame = (one: Transfer): boolean =>
        one.userId === transfer.userId &&
        one.generation === transfer.generation &&
        one.from === transfer.from &&
        one.to === transfer.to;
      if (!mayReplace(transfers.find(isSame), transfer)) return head;
      transfers = [...transfers.filter((one) => !isSame(one)), transfer];
      return users.has(transfer.userId) ? changed(transfer.userId) : head;
    },
    user: async (userId) => user(userId),
    async userOfLetter(key) {
      const names = ({ activationKey }: Letter) => equalBytes(activationKey, key);
      const [userId] = [...letters].find(([, its]) => its.some(names)) ?? [];
      return userId && user(userId);
    },
    async putAttestation(next) {
      const { userId, generation, deviceClass, activationKey, activateUntil } = next;
      const { unitId, validFrom, attestation, deskKey } = next;
      const known = lettersOf(userId);
      const judged = judgeAttestation(known, transfersOf(userId), next);
      const attested = { unitId, validFrom, attestation, deskKey, counts: true };
      switch (judged.verdict) {
        case "outdated":
        case "foreign-unit":
          return { outcome: judged.verdict };
        case "again":
          return { outcome: "again", sequence: users.get(userId)?.sequence ?? 0 };
        case "another-desk":
          letters.set(
            userId,
            known.map((letter) =>
              equalBytes(letter.activationKey, activationKey)
                ? { ...letter, attested: [...letter.attested.filter((one) => one !== judged.drop), attested] }
                : letter,
            ),
          );
          judgeDevices();
          return { outcome: "taken", sequence: changed(userId) };
        default:
          letters.set(userId, [
            ...known.filter(({ used }) => used),
            { generation, deviceClass, activationKey, activateUntil, used: false, attested: [attested] },
          ]);
          return { outcome: "taken", sequence: changed(userId) };
      }
    },
    async activate({ pinRecord, activationKey, ...device }) {
      const { userId, genesis } = device;
      const letter = newestLetter(lettersOf(userId));
      if (!letter || !equalBytes(letter.activationKey, activationKey)) return { outcome: "replaced" };
      const same = devicesOf(userId).some((one) => equalBytes(encodeCbor(one.genesis), encodeCbor(genesis)));
      if (letter.used)
        return same ? { outcome: "again", sequence: users.get(userId)?.sequence ?? 0 } : { outcome: "used" };
      const { generation } = letter;
      letters.set(
        userId,
        lettersOf(userId).map((one) => (one === letter ? { ...one, used: true, genesis } : one)),
      );
      const ending = devicesOf(userId).filter((one) => one.generation < generation && !one.ended);
      for (const { deviceId } of ending) changeDevice(state, deviceId, { ended: true });
      const fresh = {
        ended: false,
        revoked: false,
        locked: false,
        destroyed: false,
        signedOutAt: 0,
        acceptedAgreement: 0,
      };
      state.devices.set(device.deviceId, { ...device, ...fresh });
      letterOfDevice.set(device.deviceId, toHex(activationKey));
      state.validUntil.set(device.deviceId, () => validUntil(userId, activationKey));
      state.pinRecords.set(device.deviceId, pinRecord);
      return {
        outcome: "activated",
        sequence: changed(userId),
        ended: ending.map(({ deviceId }) => deviceId),
      };
    },
    async markUsed(userId, activationKey) {
      const all = lettersOf(userId);
      const marked = all.map((one) =>
        equalBytes(one.activationKey, activationKey) ? { ...one, used: true } : one,
      );
      if (all.length > 0) letters.set(userId, marked);
    },
    usedLetters: async () =>
      [...letters].flatMap(([userId, all]) =>
        all.filter(({ used }) => used).map(({ activationKey }) => ({ userId, activationKey })),
      ),
    device: async (deviceId) => state.devices.get(deviceId),
    devicesOf: async (userId) =>
      devicesOf(userId).filter(({ ended, revoked, destroyed }) => !ended && !revoked && !destroyed),
    allDevicesOf: async (userId) => devicesOf(userId),
    async forgetSignOuts(before) {
      for (const [deviceId, { signedOutAt }] of state.devices)
        if (signedOutAt < before) changeDevice(state, deviceId, { signedOutAt: 0 });
    },
    async signOut(deviceId, time) {
      const signedOutAt = Math.max(time, state.devices.get(deviceId)?.signedOutAt ?? 0);
      changeDevice(state, deviceId, { signedOutAt });
    },
    changesAfter: async (sequence, limit) =>
      [...users.values()]
        .filter((user) => user.sequence > sequence)
        .sort((a, b) => a.sequence - b.sequence)
        .slice(0, limit)
        .map(entryOf),
    head: async () => head,
  };
}
