/** Processing one commit in a transaction that ends only when the gate allows what the commit did. */
import type { FullEntry } from "@nimes/protocol/entry";
import { userOf } from "@nimes/protocol/ids";
import { type DecryptedMessage as Decrypted, DecryptedMessage } from "@wireapp/core-crypto/browser";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { EntryOutcome, GateReason, Room } from "../e2ee.ts";
import { type Leaf, standingOf } from "../gate/chain-lookup.ts";
import { checkHeader } from "../gate/check-header.ts";
import { judgeChange, mayChangeUsers } from "../gate/judge-change.ts";
import { leafOf, readLeaves } from "../gate/read-leaves.ts";
import type { Persist } from "./open-entries.ts";
import { conversationOf, type Session } from "./session.ts";

export async function openCommit(
  session: Session,
  room: Room,
  entry: FullEntry,
  persist: Persist,
): Promise<EntryOutcome> {
  const stored = { done: false };
  const outcome = await inTransaction(session, async (context) => {
    const verdict = await processCommit(session, context, room, entry);
    if (!verdict.keep) return verdict;
    await persist([verdict.value]);
    stored.done = true;
    return verdict;
  });
  // A refusal is worth storing too, but the transaction that it belonged to is gone.
  if (!stored.done) await persist([outcome]);
  return outcome;
}

async function processCommit(
  session: Session,
  context: Context,
  room: Room,
  entry: FullEntry,
): Promise<Verdict<EntryOutcome>> {
  const { sequence } = entry;
  const refuse = (reason: GateReason): Verdict<EntryOutcome> =>
    rollBack({ outcome: "refused", sequence, sender: entry.sender, reason });
  const header = checkHeader(room.roomId, entry);
  if (!header.passes) return refuse(header.reason);
  const conversation = conversationOf(room.roomId);
  if (!(await context.conversationExists(conversation))) return refuse("wrong-room");
  const epoch = Number(await context.conversationEpoch(conversation));
  if (entry.sender === session.clientId)
    return keep({ outcome: header.epoch < epoch ? "own" : "stranded", sequence });
  if (header.epoch < epoch) return keep({ outcome: "duplicate", sequence });
  if (header.epoch > epoch) return refuse("unreadable");

  const before = await readLeaves(context, conversation);
  if (!before.readable) return refuse(before.reason);
  const committer = await decryptCommit(context, room, entry);
  if (!committer.readable) return refuse("unreadable");
  const { leaf } = committer;
  if (!leaf || leaf.clientId !== entry.sender || !standingOf(session.directory, leaf))
    return refuse("not-on-chain");
  if (!committer.stillMember) {
    const permitted =
      mayChangeUsers(room.roles, leaf.clientId) || userOf(leaf.clientId) === userOf(session.clientId);
    return permitted
      ? keep({ outcome: "removed", sequence, committer: leaf.clientId })
      : refuse("not-permitted");
  }
  const after = await readLeaves(context, conversation);
  if (!after.readable) return refuse(after.reason);
  const judgement = judgeChange(session.directory, {
    roles: room.roles,
    committer: leaf.clientId,
    before: before.leaves.map(({ clientId }) => clientId),
    after: after.leaves,
    claimed: entry.devices ?? [],
    time: entry.time,
  });
  if (!judgement.allowed) return refuse(judgement.reason);
  const { added, removed } = judgement;
  return keep({
    outcome: "commit",
    sequence,
    epoch: epoch + 1,
    committer: leaf.clientId,
    added,
    removed,
  });
}

type Committed = { readable: true; leaf: Leaf | undefined; stillMember: boolean } | { readable: false };

async function decryptCommit(context: Context, room: Room, entry: FullEntry): Promise<Committed> {
  let decrypted: Decrypted;
  try {
    decrypted = await context.decryptMessage(conversationOf(room.roomId), entry.bytes);
  } catch {
    return { readable: false };
  }
  if (!DecryptedMessage.Commit.instanceOf(decrypted)) return { readable: false };
  const { identity, isActive } = decrypted.inner;
  return { readable: true, leaf: leafOf(identity), stillMember: isActive };
}
