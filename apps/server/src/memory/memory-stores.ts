/** All stores in memory, for tests. */
import type { AttachmentId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { Stores } from "../ports/stores.ts";
import { memoryDirectoryStore } from "./directory-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { memoryState } from "./memory-state.ts";
import { memoryPasskeyStore } from "./passkey-store.ts";
import { memoryPinStore } from "./pin-store.ts";
import { memoryRoomLogStore } from "./room-log-store.ts";
import { memoryRulesStore } from "./rules-store.ts";

export function memoryStores(): Stores {
  const state = memoryState();
  return {
    directory: memoryDirectoryStore(state),
    pins: memoryPinStore(state),
    passkeys: memoryPasskeyStore(state),
    rules: memoryRulesStore(state),
    keyPackages: memoryKeyPackageStore(state),
    roomLog: memoryRoomLogStore(),
    attachments: memoryAttachmentStore(),
    probe: async () => true,
    close: async () => {},
  };
}

function memoryKeyPackageStore(state: MemoryState): KeyPackageStore {
  const kept = new Map<DeviceId, Uint8Array[]>();
  state.onDestroyed.push((deviceId) => void kept.delete(deviceId));
  const waits: { waiting: DeviceId; userId: UserId }[] = [];
  const of = (deviceId: DeviceId): Uint8Array[] => kept.get(deviceId) ?? [];
  return {
    async add(deviceId, keyPackages) {
      kept.set(deviceId, [...of(deviceId), ...keyPackages]);
      return of(deviceId).length;
    },
    take: async (deviceId) => of(deviceId).shift(),
    count: async (deviceId) => of(deviceId).length,
    async wait(waiting, userId) {
      if (!waits.some((wait) => wait.waiting === waiting && wait.userId === userId))
        waits.push({ waiting, userId });
    },
    waitingFor: async (userId) =>
      waits.filter((wait) => wait.userId === userId).map(({ waiting }) => waiting),
    waitsOf: async (waiting) => waits.filter((wait) => wait.waiting === waiting).map(({ userId }) => userId),
    async endWait(waiting, userId) {
      const at = waits.findIndex((wait) => wait.waiting === waiting && wait.userId === userId);
      if (at >= 0) waits.splice(at, 1);
    },
  };
}

function memoryAttachmentStore(): AttachmentStore {
  const rows = new Map<AttachmentId, AttachmentRow>();
  return {
    get: async (attachmentId) => rows.get(attachmentId),
    add: async (row) => void rows.set(row.attachmentId, row),
    async complete(attachmentId) {
      const row = rows.get(attachmentId);
      if (row) rows.set(attachmentId, { ...row, complete: true });
    },
    remove: async (attachmentId) => void rows.delete(attachmentId),
    usedBy: async (deviceId) =>
      [...rows.values()].filter((row) => row.deviceId === deviceId).reduce((sum, row) => sum + row.size, 0),
    outdated: async (unfinishedBefore, allBefore) =>
      [...rows.values()]
        .filter((row) => (!row.complete && row.createdAt < unfinishedBefore) || row.createdAt < allBefore)
        .map((row) => row.attachmentId),
  };
}
