/** The leaves of a group as core-crypto shows them, and whether it shows all of them. */
import { type ConversationId, CredentialType, type WireIdentity } from "@wireapp/core-crypto/browser";
import { fromMlsIdentity, parseThumbprint } from "../core-crypto/mls-identity.ts";
import type { Context } from "../core-crypto/transaction.ts";
import type { GateReason } from "../e2ee.ts";
import type { Leaf } from "./chain-lookup.ts";

export type Leaves = { readable: true; leaves: Leaf[] } | { readable: false; reason: GateReason };

/**
 * core-crypto shows only one of two leaves with the same client id, so that a twin would stay invisible and read
 * everything: number of client ids, of distinct ones and of identities must agree (M2b).
 */
export async function readLeaves(context: Context, conversation: ConversationId): Promise<Leaves> {
  const clientIds = await context.getClientIds(conversation);
  const identities = await context.getDeviceIdentities(conversation, clientIds);
  const leaves = identities.map(leafOf);
  if (leaves.some((leaf) => leaf === undefined)) return { readable: false, reason: "not-on-chain" };
  const known = leaves.filter((leaf) => leaf !== undefined);
  const distinct = new Set(known.map(({ clientId }) => clientId));
  if (distinct.size !== clientIds.length || known.length !== clientIds.length)
    return { readable: false, reason: "twin-leaf" };
  return { readable: true, leaves: known };
}

/** @returns undefined for anything but a Basic credential of a client of ours. */
export function leafOf(identity: WireIdentity): Leaf | undefined {
  if (identity.credentialType !== CredentialType.Basic || !identity.clientId) return undefined;
  const clientId = fromMlsIdentity(identity.clientId.copyBytes());
  const thumbprint = parseThumbprint(identity.thumbprint);
  return clientId && thumbprint ? { clientId, thumbprint } : undefined;
}
