/** Organisation, officers and devices in memory, for tests. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { judgeAttestation } from "../core/attestation.ts";
import type { DeviceRow, DirectoryStore, UserRow } from "../ports/directory-store.ts";

type MemoryUser = UserRow & { sequence: number; former: NonNullable<DirectoryEntry["former"]> };

/** @param devices filled by this store; others may look into it. */
export function memoryDirectoryStore(devices: Map<DeviceId, DeviceRow>): DirectoryStore {
  const manifests = new Map<number, Signed>();
  const users = new Map<UserId, MemoryUser>();
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
      const { sequence: _, former: __, ...user } = row;
      return user;
    },
    async putAttestation(next) {
      const known = users.get(next.userId);
      const verdict = judgeAttestation(known && { ...known, activated: known.links.length > 0 }, next);
      if (verdict === "outdated") return { outcome: "outdated" };
      if (verdict === "again") return { outcome: "again", sequence: known?.sequence ?? 0 };
      const ending = verdict === "next-generation" ? devicesOf(next.userId) : [];
      for (const device of ending) devices.set(device.deviceId, { ...device, ended: true });
      const former = [...(known?.former ?? [])];
      if (known && ending.length > 0) former.push({ attestation: known.attestation, links: known.links });
      head += 1;
      users.set(next.userId, { ...next, links: [], sequence: head, former });
      return { outcome: "taken", sequence: head, ended: ending.map(({ deviceId }) => deviceId) };
    },
    async activate({ genesis, attestation, ...device }) {
      const user = users.get(device.userId);
      if (!user || !equalBytes(user.attestation.payload, attestation)) return { outcome: "replaced" };
      const [existing] = user.links;
      if (existing)
        return equalBytes(encodeCbor(existing), encodeCbor(genesis))
          ? { outcome: "again", sequence: user.sequence }
          : { outcome: "used" };
      head += 1;
      users.set(device.userId, { ...user, links: [genesis], sequence: head });
      devices.set(device.deviceId, { ...device, ended: false, signedOutAt: 0 });
      return { outcome: "activated", sequence: head };
    },
    device: async (deviceId) => devices.get(deviceId),
    devicesOf: async (userId) => devicesOf(userId),
    async signOut(deviceId, time) {
      const device = devices.get(deviceId);
      if (device) devices.set(deviceId, { ...device, signedOutAt: Math.max(device.signedOutAt, time) });
    },
    changesAfter: async (sequence, limit) =>
      [...users.values()]
        .filter((user) => user.sequence > sequence)
        .sort((a, b) => a.sequence - b.sequence)
        .slice(0, limit)
        .map(({ userId, attestation, links, sequence: at, former }) => ({
          sequence: at,
          userId,
          attestation,
          links,
          ...(former.length > 0 && { former }),
        })),
    head: async () => head,
  };
}
