/** Processing one commit in a transaction that ends only when the gate allows what the commit did. */
import type { FullEntry } from "@nimes/protocol/entry";
import { userOf } from "@nimes/protocol/ids";
import {
  type DecryptedMessage as Decrypted,
  DecryptedMessage,
  MlsError_Tags,
} from "@wireapp/core-crypto/browser";
import { mlsErrorTag } from "../core-crypto/mls-errors.ts";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { EntryOutcome, GateReason, Room } from "../e2ee.ts";
import { type Leaf, missingChains, standingOf } from "../gate/chain-lookup.ts";
import { checkHeader } from "../gate/check-header.ts";
import { checkRejoinProof } from "../gate/check-rejoin-proof.ts";
import { awaitedUsers, judgeChange, mayRemove } from "../gate/judge-change.ts";
import { judgeSameLeaves } from "../gate/judge-rejoin.ts";
import { leafOf } from "../gate/read-leaves.ts";
import { type Doubt, doubtOf, isDoubt } from "./doubt.ts";
import { readKnownTree } from "./known-tree.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { isLeftAlone } from "./nonsense.ts";
import type { OpenWork } from "./open-entries.ts";
import { readClientIds } from "./read-client-ids.ts";

export async function openCommit(
  session: MlsContext,
  work: OpenWork,
  entry: FullEntry,
): Promise<EntryOutcome | Doubt | "left-alone"> {
  const outcome = await inTransaction(session, (context) => processCommit(session, context, work, entry));
  // Behind the transaction: the other way round a crash would leave the cursor behind a commit that the group never
  // took. So a commit may come a second time, and the tree tells what it did.
  if (isDoubt(outcome)) return outcome;
  if (isLeftAlone(work.terms, entry, outcome)) return "left-alone";
  await work.persist([outcome]);
  return outcome;
}

async function processCommit(
  session: MlsContext,
  context: Context,
  { room, terms }: OpenWork,
  entry: FullEntry,
): Promise<Verdict<EntryOutcome | Doubt>> {
  const { sequence } = entry;
  const refuse = (reason: GateReason): Verdict<EntryOutcome> =>
    rollBack({ outcome: "refused", sequence, reason });
  const stranded: Verdict<EntryOutcome> = rollBack({ outcome: "stranded", sequence });
  const conversation = conversationOf(room.groupId);
  if (!(await context.conversationExists(conversation)))
    // Gone with the commit that took this device out; or with its store, while the log goes on with it.
    return entry.devices?.includes(session.clientId) ? stranded : rollBack({ outcome: "removed", sequence });
  const epoch = Number(await context.conversationEpoch(conversation));
  const taken = async (): Promise<EntryOutcome> => ({
    outcome: "commit",
    sequence,
    epoch,
    devices: await readClientIds(context, conversation),
  });
  if (terms.own.isOwn(entry)) {
    // It is in the tree since the server's answer, or this device died before it kept it.
    return entry.epoch < epoch ? keep({ ...(await taken()), committer: session.clientId }) : stranded;
  }
  const header = checkHeader(room.groupId, entry);
  if (!header.passes) return refuse(header.reason);
  if (header.epoch < epoch)
    // Where the own commit was said to be accepted, another one stands: this group is nobody else's.
    return terms.own.commitEpochs.includes(header.epoch) ? stranded : keep(await taken());
  if (header.epoch > epoch) return stranded;

  const atHand = { directory: session.directory, isFresh: terms.isFresh };
  const proof = header.heals ? await checkRejoinProof(atHand, room, entry) : undefined;
  if (proof?.result === "chain-missing") return rollBack(doubtOf(proof.userIds));
  if (proof?.result === "refused") return refuse(proof.reason);
  const healer = proof?.value.device;
  // Healed before it died once more: this group is not the one that the others have.
  if (healer === session.clientId) return stranded;

  const before = await readKnownTree(session, context, room.groupId);
  if (!before.readable) return refuse(before.reason);
  const committer = await decryptCommit(context, room, entry);
  if (committer.result === "own") return stranded;
  if (committer.result === "unreadable") return refuse("unreadable");
  const { leaf } = committer;
  // Who sent it is what MLS has authenticated; the sender beside the bytes is the server's claim.
  if (!leaf) return refuse("not-on-chain");
  const isSomebody = standingOf(session.directory, leaf) !== undefined;
  const blame = (reason: GateReason): Verdict<EntryOutcome> =>
    rollBack({ outcome: "refused", sequence, reason, ...(isSomebody && { by: leaf.clientId }) });
  const after = committer.stillMember ? await readKnownTree(session, context, room.groupId) : before;
  if (!after.readable) return blame(after.reason);
  const unknown = missingChains(
    session.directory,
    [leaf, ...after.leaves].map((one) => one.clientId),
  );
  if (unknown.length > 0) return rollBack(doubtOf(unknown));
  const inDoubt = (reason: GateReason): Verdict<EntryOutcome | Doubt> =>
    terms.isFresh
      ? blame(reason)
      : rollBack(
          doubtOf([
            ...[leaf, ...before.leaves, ...after.leaves].map((one) => userOf(one.clientId)),
            ...awaitedUsers(room),
          ]),
        );
  if (!isSomebody) return inDoubt("not-on-chain");
  if (healer !== undefined) {
    const isItself = committer.stillMember && leaf.clientId === healer;
    const fault = isItself ? judgeSameLeaves(before.leaves, after.leaves, leaf) : "not-permitted";
    if (fault) return blame(fault);
  }
  const change = {
    room,
    committer: leaf.clientId,
    before: before.leaves.map(({ clientId }) => clientId),
    time: entry.time,
  };
  if (!committer.stillMember) {
    const permitted =
      change.before.includes(leaf.clientId) && mayRemove(session.directory, change, session.clientId);
    return permitted
      ? keep({ outcome: "removed", sequence, committer: leaf.clientId })
      : inDoubt("not-permitted");
  }
  const judgement = judgeChange(session.directory, { ...change, after: after.leaves });
  if (!judgement.allowed) return inDoubt(judgement.reason);
  const devices = after.leaves.map(({ clientId }) => clientId);
  return keep({ outcome: "commit", sequence, epoch: epoch + 1, committer: leaf.clientId, devices });
}

type Committed =
  | { result: "taken"; leaf: Leaf | undefined; stillMember: boolean }
  /** Made by this very leaf, and not kept. */
  | { result: "own" }
  | { result: "unreadable" };

async function decryptCommit(context: Context, room: Room, entry: FullEntry): Promise<Committed> {
  let decrypted: Decrypted;
  try {
    decrypted = await context.decryptMessage(conversationOf(room.groupId), entry.bytes);
  } catch (error) {
    return { result: mlsErrorTag(error) === MlsError_Tags.SelfCommitIgnored ? "own" : "unreadable" };
  }
  if (!DecryptedMessage.Commit.instanceOf(decrypted)) return { result: "unreadable" };
  const { identity, isActive } = decrypted.inner;
  return { result: "taken", leaf: leafOf(identity), stillMember: isActive };
}
