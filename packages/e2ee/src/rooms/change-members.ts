/**
 * Adding and removing devices. core-crypto makes the commit, the gate compares it with what was intended, the server
 * accepts it or not, all inside one transaction: only what was accepted is kept (P5).
 */
import { type ClientId, userOf } from "@nimes/protocol/ids";
import { type Context, inTransaction, keep, rollBack } from "../core-crypto/transaction.ts";
import type { ChangeOutcome, MemberChange, Room, SubmitCommit } from "../e2ee.ts";
import { isUsableKeyPackage } from "../gate/check-key-package.ts";
import type { OwnCommitIntent } from "../gate/compare-own-commit.ts";
import { mayRemove, mayWelcome, stillAwaitedIn } from "../gate/judge-change.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { commitAsIntended } from "./own-commit.ts";
import { readClientIds } from "./read-client-ids.ts";

type Add = MemberChange["add"][number];
type Done = { outcome: "accepted"; epoch: number } | { outcome: "lost" | "unknown" | "nothing" };

/**
 * Removing and adding are two commits for core-crypto, so a change that does both goes out as two. When the second
 * one loses, the change is made again and finds the first half done.
 * @throws Error when this device would remove itself, or a commit is not what was intended: bugs, and nothing has left.
 */
export async function changeMembers(
  session: MlsContext,
  room: Room,
  change: MemberChange,
  submit: SubmitCommit,
): Promise<ChangeOutcome> {
  if (change.remove.includes(session.clientId)) throw new Error("a device cannot remove itself");
  const usable: Add[] = [];
  const unusable: ClientId[] = [];
  const terms = { directory: session.directory, cipherSuite: session.cipherSuite, now: session.now() };
  for (const claim of change.add) {
    const isWished = change.wished.includes(userOf(claim.clientId));
    const fits = isWished && (await isUsableKeyPackage(claim, terms));
    if (fits) usable.push(claim);
    else unusable.push(claim.clientId);
  }
  const { onTree } = change;
  const removal = await commitChange(session, { room, add: [], remove: change.remove, submit, onTree });
  if (isOpen(removal.done)) return { outcome: removal.done.outcome };
  const addition = await commitChange(session, { room, add: usable, remove: [], submit, onTree });
  if (isOpen(addition.done)) return { outcome: addition.done.outcome };
  const last = addition.done.outcome === "accepted" ? addition.done : removal.done;
  const notPermitted = [...removal.notPermitted, ...addition.notPermitted];
  if (last.outcome !== "accepted") return { outcome: "nothing", unusable, notPermitted };
  return {
    outcome: "accepted",
    epoch: last.epoch,
    added: addition.intent.add.map(({ clientId }) => clientId),
    removed: [...removal.intent.remove],
    unusable,
    notPermitted,
  };
}

const isOpen = (done: Done): done is { outcome: "lost" | "unknown" } =>
  done.outcome === "lost" || done.outcome === "unknown";

type Step = {
  room: Room;
  add: readonly Add[];
  remove: readonly ClientId[];
  submit: SubmitCommit;
  onTree: MemberChange["onTree"];
};
type StepResult = {
  done: Done;
  intent: Pick<OwnCommitIntent, "add" | "remove">;
  /** Dropped: by the roles in force this device may not add or remove them. */
  notPermitted: ClientId[];
};

async function commitChange(session: MlsContext, step: Step): Promise<StepResult> {
  const nothing: StepResult = {
    done: { outcome: "nothing" },
    intent: { add: [], remove: [] },
    notPermitted: [],
  };
  if (step.add.length === 0 && step.remove.length === 0) return nothing;
  return inTransaction<StepResult>(session, async (context) => {
    // Taken out meanwhile: there is nothing left to change.
    if (!(await context.conversationExists(conversationOf(step.room.groupId))))
      return rollBack({ ...nothing, done: { outcome: "lost" } });
    const { intent, notPermitted } = await intend(session, context, step);
    if (intent.add.length === 0 && intent.remove.length === 0) return rollBack({ ...nothing, notPermitted });
    const answer = await commitAsIntended(session, context, { intent, submit: step.submit });
    if (answer !== "accepted") return rollBack({ done: { outcome: answer }, intent, notPermitted });
    // Whoever reads is shown before the tree has them for others, never behind.
    await step.onTree?.(await readClientIds(context, conversationOf(step.room.groupId)));
    return keep({ done: { outcome: answer, epoch: intent.epoch + 1 }, intent, notPermitted });
  });
}

/** What is still to be done and allowed, given who is in the room now. */
async function intend(
  session: MlsContext,
  context: Context,
  { room, add, remove }: Step,
): Promise<{ intent: OwnCommitIntent; notPermitted: ClientId[] }> {
  const { groupId } = room;
  const conversation = conversationOf(groupId);
  const before = await readClientIds(context, conversation);
  const coming = [...new Map(add.map((claim) => [claim.clientId, claim])).values()].filter(
    ({ clientId }) => !before.includes(clientId),
  );
  const going = [...new Set(remove)].filter((clientId) => before.includes(clientId));
  const change = { room, committer: session.clientId, before, time: session.now() };
  const mayAdd = (clientId: ClientId): boolean =>
    mayWelcome(room, session.clientId, clientId) ||
    stillAwaitedIn(session.directory, room, change.time).includes(clientId);
  const mayGo = (clientId: ClientId): boolean => mayRemove(session.directory, change, clientId);
  const intent: OwnCommitIntent = {
    groupId,
    cipherSuite: session.cipherSuite,
    epoch: Number(await context.conversationEpoch(conversation)),
    before,
    add: coming.filter(({ clientId }) => mayAdd(clientId)),
    remove: going.filter(mayGo),
  };
  const all = [
    ...coming.map(({ clientId }) => clientId).filter((one) => !mayAdd(one)),
    ...going.filter((one) => !mayGo(one)),
  ];
  return { intent, notPermitted: all };
}
