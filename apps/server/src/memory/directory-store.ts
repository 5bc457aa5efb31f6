/** Organisation, officers and devices in memory. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { DeviceRow, DirectoryStore, LetterRow } from "../ports/directory-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

type User = { userId: UserId; sequence: number; generation: number };

export function memoryDirectoryStore(state: MemoryState): DirectoryStore {
  const manifests = new Map<number, Signed>();
  const users = new Map<UserId, User>();
  let letters: LetterRow[] = [];
  let head = 0;
  const lettersOf = (userId: UserId): LetterRow[] =>
    letters.filter((letter) => letter.userId === userId).sort((a, b) => a.generation - b.generation);
  const devicesOf = (userId: UserId): DeviceRow[] =>
    [...state.devices.values()]
      .filter((device) => device.userId === userId)
      .sort((a, b) => a.generation - b.generation);
  const geneses = (userId: UserId, generation: number): Signed[] =>
    devicesOf(userId)
      .filter((device) => device.generation === generation)
      .map(({ genesis }) => genesis);

  function entryOf({ userId, sequence, generation }: User): DirectoryEntry {
    const all = lettersOf(userId).map((letter) => ({
      generation: letter.generation,
      attestation: letter.attestation,
      links: geneses(userId, letter.generation),
    }));
    const current = all.find((one) => one.generation === generation);
    if (!current) throw new Error("A user without an attestation");
    const former = all
      .filter((one) => one.generation < generation && one.links.length > 0)
      .map(({ attestation, links }) => ({ attestation, links }));
    const { attestation, links } = current;
    return { sequence, userId, attestation, links, ...(former.length > 0 && { former }) };
  }

  return {
    manifests: async () => [...manifests].sort(([a], [b]) => a - b).map(([, manifest]) => manifest),
    async addManifest(version, manifest) {
      if (manifests.has(version)) return false;
      manifests.set(version, manifest);
      return true;
    },
    letter: async (userId) => lettersOf(userId).at(-1),
    async putAttestation(letter) {
      const { userId, generation } = letter;
      const known = lettersOf(userId);
      const highest = known.at(-1);
      if (highest && highest.generation > generation) return "outdated";
      if (highest?.generation === generation && highest.used) return "activated";
      const user = users.get(userId);
      const waits = user && known.some((one) => one.generation === user.generation && one.used);
      head += 1;
      users.set(userId, { userId, sequence: head, generation: waits ? user.generation : generation });
      letters = letters.filter((one) => one.userId !== userId || one.used);
      letters.push({ ...letter, used: false });
      return head;
    },
    async activate({ pinRecord, ...device }) {
      const { userId, generation, genesis } = device;
      const letter = lettersOf(userId).find((one) => one.generation === generation);
      if (!letter) throw new Error("Activated without an attestation");
      if (letter.used) {
        const same = geneses(userId, generation).some((one) => equalBytes(one.payload, genesis.payload));
        return same ? { sequence: users.get(userId)?.sequence ?? 0, ended: [] } : "used";
      }
      letter.used = true;
      head += 1;
      users.set(userId, { userId, sequence: head, generation });
      const ended = devicesOf(userId).filter((one) => one.generation < generation && !one.ended);
      for (const { deviceId } of ended) changeDevice(state, deviceId, { ended: true });
      const fresh = { ended: false, locked: false, destroyed: false, tokensAfter: 0 };
      state.devices.set(device.deviceId, { ...device, ...fresh });
      state.pinRecords.set(device.deviceId, pinRecord);
      return { sequence: head, ended: ended.map(({ deviceId }) => deviceId) };
    },
    async markUsed(userId, activationKey) {
      for (const letter of lettersOf(userId))
        if (equalBytes(letter.activationKey, activationKey)) letter.used = true;
    },
    usedLetters: async () =>
      letters.filter(({ used }) => used).map(({ userId, activationKey }) => ({ userId, activationKey })),
    device: async (deviceId) => state.devices.get(deviceId),
    devicesOf: async (userId) => devicesOf(userId).filter(({ ended, destroyed }) => !ended && !destroyed),
    allDevicesOf: async (userId) => devicesOf(userId),
    async endTokens(deviceId, time) {
      const tokensAfter = Math.max(time, state.devices.get(deviceId)?.tokensAfter ?? 0);
      changeDevice(state, deviceId, { tokensAfter });
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
