/** Opening one application message and holding its sender against the device chain (DESIGN §3, "The gate", 4). */
import { decodeContent } from "@nimes/protocol/content/content";
import type { FullEntry } from "@nimes/protocol/entry";
import { type UserId, userOf } from "@nimes/protocol/ids";
import { may } from "@nimes/protocol/roles/may";
import {
  type DecryptedMessage as Decrypted,
  DecryptedMessage,
  MlsError_Tags,
} from "@wireapp/core-crypto/browser";
import { mlsErrorTag } from "../core-crypto/mls-errors.ts";
import type { Context } from "../core-crypto/transaction.ts";
import type { EntryOutcome, GateReason, OpenTerms, Room } from "../e2ee.ts";
import { countsAt, standingOf } from "../gate/chain-lookup.ts";
import { checkHeader } from "../gate/check-header.ts";
import { awaitedUsers, sightOf } from "../gate/judge-change.ts";
import { leafOf } from "../gate/read-leaves.ts";
import { type Doubt, doubtOf } from "./doubt.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { readClientIds } from "./read-client-ids.ts";

type Where = { context: Context; room: Room; epoch: number; terms: Pick<OpenTerms, "isFresh" | "isWaiting"> };

/** A message that does not open leaves its neighbours in the same transaction alone. */
export async function openMessage(
  session: MlsContext,
  where: Where,
  entry: FullEntry,
): Promise<EntryOutcome | Doubt> {
  const refused = (reason: GateReason) => ({
    outcome: "refused" as const,
    sequence: entry.sequence,
    reason,
  });
  const header = checkHeader(where.room.groupId, entry);
  if (!header.passes) return refused(header.reason);
  // core-crypto would keep it until that epoch comes; where the log is in order, a commit before it was shown as something else.
  if (header.epoch > where.epoch)
    return where.terms.isWaiting ? refused("unreadable") : { outcome: "stranded", sequence: entry.sequence };
  // core-crypto has no name for what was sealed before it came in by an external commit.
  if (header.epoch < (where.room.joinedEpoch ?? 0)) return { outcome: "too-old", sequence: entry.sequence };
  const decrypted = await decrypt(where, entry.bytes);
  if (decrypted === MlsError_Tags.DuplicateMessage) return { outcome: "duplicate", sequence: entry.sequence };
  if (decrypted === MlsError_Tags.MessageEpochTooOld) return { outcome: "too-old", sequence: entry.sequence };
  if (typeof decrypted !== "object" || !DecryptedMessage.Text.instanceOf(decrypted))
    return refused("unreadable");
  const sender = leafOf(decrypted.inner.identity);
  if (!sender) return refused("not-on-chain");
  const standing = standingOf(session.directory, sender);
  if (!standing && !where.terms.isFresh) return doubtOf([userOf(sender.clientId)]);
  if (!standing || !countsAt(standing, entry.time)) return refused("not-on-chain");
  const by = sender.clientId;
  if (!(await mayPost(session, where, { userId: userOf(by), time: entry.time }))) {
    const userIds = awaitedUsers(where.room);
    const isSure = where.terms.isFresh || userIds.length === 0;
    return isSure ? { ...refused("not-permitted"), by } : doubtOf(userIds);
  }
  const content = decodeContent(decrypted.inner.plaintext);
  if (!content.ok) return refused("unreadable");
  return {
    outcome: "content",
    sequence: entry.sequence,
    sender: sender.clientId,
    content: content.value,
  };
}

/** By the roles alone for nearly everybody; who acts for an owner who is gone, the tree tells. */
async function mayPost(
  { directory }: MlsContext,
  { context, room }: Where,
  { userId, time }: { userId: UserId; time: number },
): Promise<boolean> {
  if (may({ roles: room.roles, present: [] }, userId, "post")) return true;
  const tree = await readClientIds(context, conversationOf(room.groupId));
  return may(sightOf(directory, room, { tree, time }), userId, "post");
}

async function decrypt(where: Where, bytes: Uint8Array): Promise<Decrypted | MlsError_Tags | undefined> {
  try {
    return await where.context.decryptMessage(conversationOf(where.room.groupId), bytes);
  } catch (error) {
    return mlsErrorTag(error);
  }
}
