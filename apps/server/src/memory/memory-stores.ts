/** All stores in memory, for tests. */
import { toHex } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { AttachmentId, DeviceId, UserId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import { linkTime } from "../core/attestation-end.ts";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { Stores } from "../ports/stores.ts";
import { memoryDirectoryStore } from "./directory-store.ts";
import { memoryState } from "./memory-state.ts";
import { memoryPasskeyStore } from "./passkey-store.ts";
import { memoryPinStore } from "./pin-store.ts";
import { memoryRegistrationStore } from "./registration-store.ts";
import { memoryRoomLogStore } from "./room-log-store.ts";
import { memoryRulesStore } from "./rules-store.ts";

export function memoryStores(): Stores {
  const state = memoryState();
  return {
    directory: memoryDirectoryStore(state),
    pins: memoryPinStore(state),
    registrations: memoryRegistrationStore(state),
    passkeys: memoryPasskeyStore(state),
    rules: memoryRulesStore(state),
    keyPackages: memoryKeyPackageStore(),
    roomLog: memoryRoomLogStore({
      isLive(clientId, time) {
        const deviceId = deviceOf(clientId);
        const device = state.devices.get(deviceId);
        const isThere =
          device?.clientId === clientId && !device.ended && !device.revoked && !device.destroyed;
        return isThere && (state.validUntil.get(deviceId)?.() ?? 0) >= time;
      },
      hadEnded(clientId, time) {
        const device = state.devices.get(deviceOf(clientId));
        if (device?.clientId !== clientId) return false;
        const [next] = [...state.devices.values()]
          .filter(({ userId, generation }) => userId === device.userId && generation > device.generation)
          .filter(({ revoked }) => !revoked)
          .sort((a, b) => a.generation - b.generation);
        return device.revoked || (next !== undefined && time > linkTime(next.genesis.payload));
      },
      isOver(deviceId) {
        const device = state.devices.get(deviceId);
        return !device || device.ended || device.destroyed;
      },
    }),
    attachments: memoryAttachmentStore(),
    probe: async () => true,
    close: async () => {},
  };
}

function memoryKeyPackageStore(): KeyPackageStore {
  const kept = new Map<DeviceId, Uint8Array[]>();
  const seen = new Set<string>();
  let waits: { waiting: DeviceId; userId: UserId }[] = [];
  const of = (deviceId: DeviceId): Uint8Array[] => kept.get(deviceId) ?? [];
  return {
    async add(deviceId, { keyPackages, max }) {
      const named = new Map(keyPackages.map((bytes) => [`${deviceId}/${toHex(sha256(bytes))}`, bytes]));
      const fresh = [...named].filter(([name]) => !seen.has(name));
      if (of(deviceId).length + fresh.length > max) return undefined;
      for (const [name] of fresh) seen.add(name);
      kept.set(deviceId, [...of(deviceId), ...fresh.map(([, bytes]) => bytes)]);
      return of(deviceId).length;
    },
    take: async (deviceId) => of(deviceId).shift(),
    count: async (deviceId) => of(deviceId).length,
    async drop(deviceId) {
      kept.delete(deviceId);
      waits = waits.filter(({ waiting }) => waiting !== deviceId);
    },
    async wait(waiting, userId) {
      if (!waits.some((wait) => wait.waiting === waiting && wait.userId === userId))
        waits.push({ waiting, userId });
    },
    waitingFor: async (userId) =>
      waits.filter((wait) => wait.userId === userId).map(({ waiting }) => waiting),
    waitsOf: async (waiting) => waits.filter((wait) => wait.waiting === waiting).map(({ userId }) => userId),
    async endWait(waiting, userId) {
      waits = waits.filter((wait) => wait.waiting !== waiting || wait.userId !== userId);
    },
  };
}

function memoryAttachmentStore(): AttachmentStore {
  const rows = new Map<AttachmentId, AttachmentRow>();
  const usedBy = (deviceId: DeviceId): number =>
    [...rows.values()].filter((row) => row.deviceId === deviceId).reduce((sum, row) => sum + row.size, 0);
  return {
    get: async (attachmentId) => rows.get(attachmentId),
    async addWithin(row, quotaBytes) {
      if (rows.has(row.attachmentId) || usedBy(row.deviceId) + row.size > quotaBytes) return false;
      rows.set(row.attachmentId, row);
      return true;
    },
    async complete(attachmentId) {
      const row = rows.get(attachmentId);
      if (row) rows.set(attachmentId, { ...row, complete: true });
    },
    remove: async (attachmentId) => void rows.delete(attachmentId),
    usedBy: async (deviceId) => usedBy(deviceId),
    outdated: async (unfinishedBefore, allBefore) =>
      [...rows.values()]
        .filter((row) => (!row.complete && row.createdAt < unfinishedBefore) || row.createdAt < allBefore)
        .map((row) => row.attachmentId),
  };
}
