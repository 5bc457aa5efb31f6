/** Holding leaves and senders against the verified device chains. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { DirectoryLookup, VerifiedDevice, VerifiedUser } from "../chains/verified-user.ts";

/** A leaf of an MLS tree, or the sender of a message, as authenticated by MLS. */
export type Leaf = { clientId: ClientId; thumbprint: Uint8Array };

/**
 * A leaf's place in the directory. `until` only where the device has ended: with a later letter, or before it ever began
 * where its letter does not count.
 */
export type Standing = { device: VerifiedDevice; user: VerifiedUser; until?: number };
const never = Number.NEGATIVE_INFINITY;

/** The device on its user's verified chains whose client id and MLS key are exactly these. */
export function standingOf(directory: DirectoryLookup, leaf: Leaf): Standing | undefined {
  const user = directory(userOf(leaf.clientId));
  if (user === undefined || user === "unprovable") return undefined;
  const isLeaf = (device: VerifiedDevice): boolean =>
    device.clientId === leaf.clientId && equalBytes(device.mlsThumbprint, leaf.thumbprint);
  const device = user.devices.find(isLeaf);
  if (device) return { device, user };
  const ended = user.ended.find(isLeaf);
  if (ended) return { device: ended, user, until: ended.until };
  const revoked = user.revoked.find(isLeaf);
  return revoked && { device: revoked, user, until: never };
}

/**
 * Whether what the leaf did at this time counts: neither its user nor the device had ended.
 * @param time of the entry, so that all come to the same verdict whenever they look.
 */
export const countsAt = ({ user, until }: Standing, time: number): boolean =>
  time <= user.validUntil && (until === undefined || time <= until);

/**
 * Whether a device has ended or is revoked, or its user is nobody any more: no clock takes that back, neither the server's
 * nor the one of the phone that replaced it. For whom one seals, whom one adds, and who is shown.
 * @param now own clock: a validity runs out by it.
 */
export function hasEnded(directory: DirectoryLookup, clientId: ClientId, now: number): boolean {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable") return false;
  const isIt = (device: VerifiedDevice): boolean => device.clientId === clientId;
  return now > user.validUntil || user.ended.some(isIt) || user.revoked.some(isIt);
}

/** The device on its user's chains whose word counted at that time. @param time of an entry of the log. */
export function deviceAt(
  directory: DirectoryLookup,
  clientId: ClientId,
  time: number,
): VerifiedDevice | undefined {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable" || time > user.validUntil) return undefined;
  const isIt = (device: VerifiedDevice): boolean => device.clientId === clientId;
  return user.devices.find(isIt) ?? user.ended.find((device) => isIt(device) && time <= device.until);
}

/** A device that may act now: on its user's chain, and neither ended nor revoked. @param now own clock. */
export function standingDevice(
  directory: DirectoryLookup,
  clientId: ClientId,
  now: number,
): VerifiedDevice | undefined {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable" || now > user.validUntil) return undefined;
  return user.devices.find((device) => device.clientId === clientId);
}

/** A device that stood on its user's chain until a later letter ended it. */
export function endedDevice(directory: DirectoryLookup, clientId: ClientId): VerifiedDevice | undefined {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable") return undefined;
  return user.ended.find((device) => device.clientId === clientId);
}

/**
 * Whether a device had ended by then, as every client says of an entry of the log, whenever it looks.
 * @param time of the entry.
 */
export function hadEnded(directory: DirectoryLookup, clientId: ClientId, time: number): boolean {
  const user = directory(userOf(clientId));
  if (user === undefined || user === "unprovable") return false;
  const isIt = (device: VerifiedDevice): boolean => device.clientId === clientId;
  const ended = user.ended.find(isIt);
  return time > user.validUntil || (ended !== undefined && time > ended.until) || user.revoked.some(isIt);
}

/** Users among these devices whose chains have to be fetched before the gate can judge. */
export function missingChains(directory: DirectoryLookup, clientIds: Iterable<ClientId>): UserId[] {
  const users = new Set(Array.from(clientIds, userOf));
  return [...users].filter((userId) => directory(userId) === undefined);
}
