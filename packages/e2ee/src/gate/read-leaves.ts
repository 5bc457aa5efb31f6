/** The leaves of a group as core-crypto shows them, and whether it shows all of them. */

import type { ClientId } from "@nimes/protocol/ids";
import { fromMlsIdentity, mlsThumbprintOf, parseThumbprint } from "@nimes/protocol/mls/identity";
import type { LeafNode } from "@nimes/protocol/mls/leaf-node";
import { type ConversationId, CredentialType, type WireIdentity } from "@wireapp/core-crypto/browser";
import type { Context } from "../core-crypto/transaction.ts";
import type { GateReason } from "../e2ee.ts";
import type { Leaf } from "./chain-lookup.ts";

export type Leaves = { readable: true; leaves: readonly Leaf[] } | { readable: false; reason: GateReason };

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
  const byClientId = new Map(known.map((leaf) => [leaf.clientId, leaf]));
  if (byClientId.size !== clientIds.length || known.length !== clientIds.length)
    return { readable: false, reason: "twin-leaf" };
  // Only the client ids come in the order of the leaves.
  const ordered = clientIds.map((identity) =>
    byClientId.get(fromMlsIdentity(identity.copyBytes()) as ClientId),
  );
  return { readable: true, leaves: ordered.filter((leaf) => leaf !== undefined) };
}

/** The same of leaves as they stand in a GroupInfo. */
export function leavesOfNodes(nodes: readonly LeafNode[]): Leaves {
  const leaves = nodes.flatMap(({ identity, signatureKey }): Leaf[] => {
    const clientId = identity && fromMlsIdentity(identity);
    return clientId ? [{ clientId, thumbprint: mlsThumbprintOf(signatureKey) }] : [];
  });
  if (leaves.length !== nodes.length) return { readable: false, reason: "not-on-chain" };
  const distinct = new Set(leaves.map(({ clientId }) => clientId));
  return distinct.size === leaves.length
    ? { readable: true, leaves }
    : { readable: false, reason: "twin-leaf" };
}

/** @returns undefined for anything but a Basic credential of a client of ours. */
export function leafOf(identity: WireIdentity): Leaf | undefined {
  if (identity.credentialType !== CredentialType.Basic || !identity.clientId) return undefined;
  const clientId = fromMlsIdentity(identity.clientId.copyBytes());
  const thumbprint = parseThumbprint(identity.thumbprint);
  return clientId && thumbprint ? { clientId, thumbprint } : undefined;
}
