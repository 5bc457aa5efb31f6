/** Organisation, officers and devices in memory, for tests. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { judgeAttestation } from "../core/attestation.ts";
import { directoryEntry } from "../core/directory-entry.ts";
import type { DeviceRow, DirectoryStore, UserRow } from "../ports/directory-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

type User = { userId: UserId; sequence: number; generation: number };

export function memoryDirectoryStore(state: MemoryState): DirectoryStore {
  const manifests = new Map<number, Signed>();
  const users = new Map<UserId, User>();
  let letters: UserRow[] = [];
  let head = 0;
  const lettersOf = (userId: UserId): UserRow[] =>
    letters.filter((letter) => letter.userId === userId).sort((a, b) => a.generation - b.generation);
  const devicesOf = (userId: UserId): DeviceRow[] =>
    [...state.devices.values()]
      .filter((device) => device.userId === userId)
      .sort((a, b) => a.generation - b.generation);

  function entryOf(user: User): DirectoryEntry {
    const devices = devicesOf(user.userId);
    const generations = lettersOf(user.userId).map(({ generation, attestation }) => ({
      generation,
      attestation,
      links: devices.filter((device) => device.generation === generation).map(({ genesis }) => genesis),
    }));
    return directoryEntry(user, generations);
  }

  return {
    manifests: async () => [...manifests].sort(([a], [b]) => a - b).map(([, manifest]) => manifest),
    async addManifest(version, manifest) {
      if (manifests.has(version)) return false;
      manifests.set(version, manifest);
      return true;
    },
    user: async (userId) => lettersOf(userId).at(-1),
    async putAttestation(next) {
      const { userId, generation } = next;
      const user = users.get(userId);
      const known = lettersOf(userId);
      const newest = known.at(-1);
      const verdict = judgeAttestation(newest && { ...newest, activated: newest.used }, next);
      if (verdict === "outdated") return { outcome: "outdated" };
      if (verdict === "again") return { outcome: "again", sequence: user?.sequence ?? 0 };
      const keeps = user && known.some((one) => one.generation === user.generation && one.used);
      head += 1;
      users.set(userId, { userId, sequence: head, generation: keeps ? user.generation : generation });
      letters = letters.filter((one) => one.userId !== userId || one.used);
      letters.push({ ...next, used: false });
      return { outcome: "taken", sequence: head };
    },
    async activate({ pinRecord, attestation, ...device }) {
      const { userId, genesis } = device;
      const letter = lettersOf(userId).at(-1);
      if (!letter || !equalBytes(letter.attestation.payload, attestation)) return { outcome: "replaced" };
      const same = devicesOf(userId).some((one) => equalBytes(encodeCbor(one.genesis), encodeCbor(genesis)));
      if (letter.used)
        return same ? { outcome: "again", sequence: users.get(userId)?.sequence ?? 0 } : { outcome: "used" };
      const { generation } = letter;
      letters = letters.map((one) => (one === letter ? { ...one, used: true } : one));
      head += 1;
      users.set(userId, { userId, sequence: head, generation });
      const ending = devicesOf(userId).filter((one) => one.generation < generation && !one.ended);
      for (const { deviceId } of ending) changeDevice(state, deviceId, { ended: true });
      const fresh = { ended: false, locked: false, destroyed: false, signedOutAt: 0 };
      state.devices.set(device.deviceId, { ...device, ...fresh });
      state.pinRecords.set(device.deviceId, pinRecord);
      return { outcome: "activated", sequence: head, ended: ending.map(({ deviceId }) => deviceId) };
    },
    async markUsed(userId, activationKey) {
      letters = letters.map((one) =>
        one.userId === userId && equalBytes(one.activationKey, activationKey) ? { ...one, used: true } : one,
      );
    },
    usedLetters: async () =>
      letters.filter(({ used }) => used).map(({ userId, activationKey }) => ({ userId, activationKey })),
    device: async (deviceId) => state.devices.get(deviceId),
    devicesOf: async (userId) => devicesOf(userId).filter(({ ended, destroyed }) => !ended && !destroyed),
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
