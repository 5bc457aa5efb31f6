/** Holding leaves and senders against the verified device chains. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { DirectoryLookup, VerifiedDevice, VerifiedUser } from "../chains/verified-user.ts";

/** A leaf of an MLS tree, or the sender of a message, as authenticated by MLS. */
export type Leaf = { clientId: ClientId; thumbprint: Uint8Array };

/** A leaf's place in the directory. `until` only where a later letter has ended the device. */
export type Standing = { device: VerifiedDevice; user: VerifiedUser; until?: number };

/** The device on its user's verified chains whose client id and MLS key are exactly these. */
export function standingOf(directory: DirectoryLookup, leaf: Leaf): Standing | undefined {
  const user = directory(userOf(leaf.clientId));
  if (user === undefined || user === "unprovable") return undefined;
  const isLeaf = (device: VerifiedDevice): boolean =>
    device.clientId === leaf.clientId && equalBytes(device.mlsThumbprint, leaf.thumbprint);
  const device = user.devices.find(isLeaf);
  if (device) return { device, user };
  const ended = user.ended.find(isLeaf);
  return ended && { device: ended, user, until: ended.until };
}

/** Whether what the leaf does at this time still counts: neither its user nor the device has ended. */
export const countsAt = ({ user, until }: Standing, time: number): boolean =>
  time <= user.validUntil && (until === undefined || time <= until);

/** Whether the directory says that nothing from this device counts at this time any more. */
export function hasEnded(directory: DirectoryLookup, clientId: ClientId, time: number): boolean {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable") return false;
  const ended = user.ended.find((device) => device.clientId === clientId);
  return time > user.validUntil || (ended !== undefined && time > ended.until);
}

/** Users among these devices whose chains have to be fetched before the gate can judge. */
export function missingChains(directory: DirectoryLookup, clientIds: Iterable<ClientId>): UserId[] {
  const users = new Set(Array.from(clientIds, userOf));
  return [...users].filter((userId) => directory(userId) === undefined);
}
