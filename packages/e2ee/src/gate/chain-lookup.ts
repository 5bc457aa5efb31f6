/** Holding leaves and senders against the verified device chains. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { deviceOf, userOf } from "@nimes/protocol/ids";
import type { DirectoryLookup, VerifiedDevice } from "../chains/verified-user.ts";

/** A leaf of an MLS tree, or the sender of a message, as authenticated by MLS. */
export type Leaf = { clientId: ClientId; thumbprint: Uint8Array };

/** The device on its user's verified chain whose client id and MLS key are exactly these. */
export function deviceOnChain(directory: DirectoryLookup, leaf: Leaf): VerifiedDevice | undefined {
  const user = directory(userOf(leaf.clientId));
  if (user === undefined || user === "unprovable") return undefined;
  const deviceId = deviceOf(leaf.clientId);
  return user.devices.find(
    (device) =>
      device.deviceId === deviceId &&
      device.clientId === leaf.clientId &&
      equalBytes(device.mlsThumbprint, leaf.thumbprint),
  );
}

/** Users among these devices whose chains have to be fetched before the gate can judge. */
export function missingChains(directory: DirectoryLookup, clientIds: Iterable<ClientId>): UserId[] {
  const users = new Set(Array.from(clientIds, userOf));
  return [...users].filter((userId) => directory(userId) === undefined);
}
