/** All stores in memory, for tests. */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { AttachmentId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { DeviceRow, DirectoryStore, UserRow } from "../ports/directory-store.ts";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { Stores } from "../ports/stores.ts";
import { memoryRoomLogStore } from "./room-log-store.ts";

export const memoryStores = (): Stores => ({
  directory: memoryDirectoryStore(),
  keyPackages: memoryKeyPackageStore(),
  roomLog: memoryRoomLogStore(),
  attachments: memoryAttachmentStore(),
  probe: async () => true,
  close: async () => {},
});

function memoryDirectoryStore(): DirectoryStore {
  const manifests = new Map<number, Signed>();
  const users = new Map<UserId, UserRow & { sequence: number }>();
  const devices = new Map<DeviceId, DeviceRow>();
  let head = 0;
  const devicesOf = (userId: UserId): DeviceRow[] =>
    [...devices.values()].filter((device) => device.userId === userId && !device.ended);

  return {
    manifests: async () => [...manifests].sort(([a], [b]) => a - b).map(([, manifest]) => manifest),
    async addManifest(version, manifest) {
      if (manifests.has(version)) return false;
      manifests.set(version, manifest);
      return true;
    },
    async user(userId) {
      const row = users.get(userId);
      if (!row) return undefined;
      const { sequence: _, ...user } = row;
      return user;
    },
    async putAttestation(row) {
      if (devicesOf(row.userId).length > 0) return "activated";
      head += 1;
      users.set(row.userId, { ...row, links: [], sequence: head });
      return head;
    },
    async activate({ genesis, ...device }) {
      const user = users.get(device.userId);
      if (!user) throw new Error("Activated without an attestation");
      const [existing] = user.links;
      if (existing)
        return Buffer.compare(encodeCbor(existing), encodeCbor(genesis)) === 0 ? user.sequence : "used";
      head += 1;
      users.set(device.userId, { ...user, links: [genesis], sequence: head });
      devices.set(device.deviceId, { ...device, ended: false });
      return head;
    },
    device: async (deviceId) => devices.get(deviceId),
    devicesOf: async (userId) => devicesOf(userId),
    changesAfter: async (sequence, limit) =>
      [...users.values()]
        .filter((user) => user.sequence > sequence)
        .sort((a, b) => a.sequence - b.sequence)
        .slice(0, limit)
        .map(({ userId, attestation, links, sequence: at }) => ({
          sequence: at,
          userId,
          attestation,
          links,
        })),
    head: async () => head,
  };
}

function memoryKeyPackageStore(): KeyPackageStore {
  const kept = new Map<DeviceId, Uint8Array[]>();
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
