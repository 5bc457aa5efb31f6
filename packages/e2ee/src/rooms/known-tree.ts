/**
 * Who is in a group, read again only when the group has changed. Handing over every leaf costs milliseconds in a room of
 * hundreds, before every message and twice for every commit. Whether the tree is the one that was read tells the group
 * itself, in the same transaction: its exporter secret follows from the group's context, the hash of the tree among it
 * (RFC 9420 §8, §8.1). Another tree has another secret, whatever else of a group and its epoch looks the same; so this is
 * no second truth.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { GroupId } from "@nimes/protocol/ids";
import type { Context } from "../core-crypto/transaction.ts";
import { type Leaves, readLeaves } from "../gate/read-leaves.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";

const secretBytes = 32;

/** @returns as `readLeaves` at this moment of the transaction. */
export async function readKnownTree(
  { knownTrees }: Pick<MlsContext, "knownTrees">,
  context: Context,
  groupId: GroupId,
): Promise<Leaves> {
  const conversation = conversationOf(groupId);
  const secret = await context.exportSecretKey(conversation, secretBytes);
  const mark = sha256(secret.copyBytes());
  const before = knownTrees.get(groupId);
  if (before && equalBytes(before.mark, mark)) return before.tree;
  const tree = await readLeaves(context, conversation);
  knownTrees.set(groupId, { mark, tree });
  return tree;
}
