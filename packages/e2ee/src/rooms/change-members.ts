/**
 * Adding and removing devices. core-crypto makes the commit, the gate compares it with what was intended, the server
 * accepts it or not, all inside one transaction: only what was accepted is kept (P5).
 */
import { type ClientId, userOf } from "@nimes/protocol/ids";
import { KeyPackage, type CommitBundle as MlsCommitBundle } from "@wireapp/core-crypto/browser";
import { toMlsIdentity } from "../core-crypto/mls-identity.ts";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { ChangeOutcome, CommitBundle, MemberChange, Room, SubmitCommit } from "../e2ee.ts";
import { hasEnded } from "../gate/chain-lookup.ts";
import { isUsableKeyPackage } from "../gate/check-key-package.ts";
import { devicesAfter, isAsIntended, type OwnCommitIntent } from "../gate/compare-own-commit.ts";
import { mayChangeUsers, mayEverBeIn } from "../gate/judge-change.ts";
import { readClientIds } from "./read-client-ids.ts";
import { conversationOf, type Session } from "./session.ts";

type Add = MemberChange["add"][number];
type Done = { outcome: "accepted"; epoch: number } | { outcome: "lost" } | { outcome: "nothing" };

/**
 * Removing and adding are two commits for core-crypto, so a change that does both goes out as two. When the second
 * one loses, the change is made again and finds the first half done.
 * @throws Error when this device would remove itself, its user's role does not allow the change, or a commit is not
 *   what was intended: bugs, and nothing has left.
 */
export async function changeMembers(
  session: Session,
  room: Room,
  change: MemberChange,
  submit: SubmitCommit,
): Promise<ChangeOutcome> {
  if (change.remove.includes(session.clientId)) throw new Error("a device cannot remove itself");
  const ending = (clientId: ClientId): boolean => hasEnded(session.directory, clientId, session.now());
  const touched = [
    ...change.remove.filter((clientId) => !ending(clientId)),
    ...change.add.map(({ clientId }) => clientId),
  ];
  const others = touched.filter((clientId) => userOf(clientId) !== userOf(session.clientId));
  if (others.length > 0 && !mayChangeUsers(room.roles, session.clientId))
    throw new Error("this device may not change who is in the room");
  const usable: Add[] = [];
  const unusable: ClientId[] = [];
  const terms = { directory: session.directory, cipherSuite: session.cipherSuite, now: session.now() };
  for (const claim of change.add) {
    const fits = mayEverBeIn(room.roles, claim.clientId) && (await isUsableKeyPackage(claim, terms));
    if (fits) usable.push(claim);
    else unusable.push(claim.clientId);
  }
  const removal = await commitChange(session, { room, add: [], remove: change.remove, submit });
  if (removal.done.outcome === "lost") return { outcome: "lost" };
  const addition = await commitChange(session, { room, add: usable, remove: [], submit });
  if (addition.done.outcome === "lost") return { outcome: "lost" };
  const last = addition.done.outcome === "accepted" ? addition.done : removal.done;
  if (last.outcome !== "accepted") return { outcome: "nothing", unusable };
  return {
    outcome: "accepted",
    epoch: last.epoch,
    added: addition.intent.add.map(({ clientId }) => clientId),
    removed: [...removal.intent.remove],
    unusable,
  };
}

type Step = { room: Room; add: readonly Add[]; remove: readonly ClientId[]; submit: SubmitCommit };
type StepResult = { done: Done; intent: Pick<OwnCommitIntent, "add" | "remove"> };

async function commitChange(session: Session, step: Step): Promise<StepResult> {
  const nothing: StepResult = { done: { outcome: "nothing" }, intent: { add: [], remove: [] } };
  if (step.add.length === 0 && step.remove.length === 0) return nothing;
  return inTransaction<StepResult>(session, async (context) => {
    // Taken out meanwhile: there is nothing left to change.
    if (!(await context.conversationExists(conversationOf(step.room.roomId))))
      return rollBack({ ...nothing, done: { outcome: "lost" } });
    const intent = await intend(session, context, step);
    if (intent.add.length === 0 && intent.remove.length === 0) return keep(nothing);
    const sent = await sendCommit(session, context, intent, step.submit);
    return { keep: sent.keep, value: { done: sent.value, intent } };
  });
}

/** What is still to be done, given who is in the room now. */
async function intend(session: Session, context: Context, step: Step): Promise<OwnCommitIntent> {
  const { roomId } = step.room;
  const conversation = conversationOf(roomId);
  const before = await readClientIds(context, conversation);
  const add = new Map(step.add.map((claim) => [claim.clientId, claim]));
  return {
    roomId,
    cipherSuite: session.cipherSuite,
    epoch: Number(await context.conversationEpoch(conversation)),
    before,
    add: [...add.values()].filter(({ clientId }) => !before.includes(clientId)),
    remove: [...new Set(step.remove)].filter((clientId) => before.includes(clientId)),
  };
}

async function sendCommit(
  session: Session,
  context: Context,
  intent: OwnCommitIntent,
  submit: SubmitCommit,
): Promise<Verdict<Done>> {
  const attempt: { lost: boolean; fault?: { error: unknown } } = { lost: false };
  session.outgoing.handler = async (bundle) => {
    // core-crypto takes nothing but a rejection from its transport: whatever else goes wrong is carried out beside it.
    try {
      const answer = await submit(checkedBundle(intent, bundle));
      attempt.lost = answer === "lost";
      return answer === "accepted";
    } catch (error) {
      attempt.fault = { error };
      return false;
    }
  };
  try {
    await makeCommit(context, intent);
  } catch (error) {
    if (attempt.fault) throw attempt.fault.error;
    if (attempt.lost) return rollBack({ outcome: "lost" });
    throw error;
  } finally {
    session.outgoing.handler = undefined;
  }
  return keep({ outcome: "accepted", epoch: intent.epoch + 1 });
}

async function makeCommit(context: Context, intent: OwnCommitIntent): Promise<void> {
  const conversation = conversationOf(intent.roomId);
  if (intent.remove.length > 0)
    await context.removeClientsFromConversation(conversation, intent.remove.map(toMlsIdentity));
  else
    await context.addClientsToConversation(
      conversation,
      intent.add.map(({ keyPackage }) => new KeyPackage(keyPackage)),
    );
}

/** @throws Error when the bundle is not what was intended (`own-commit`); it has not left then. */
function checkedBundle(intent: OwnCommitIntent, bundle: MlsCommitBundle): CommitBundle {
  const bytes = {
    commit: bundle.commit,
    groupInfo: bundle.groupInfo.payload,
    welcome: bundle.welcome?.serialize(),
  };
  if (!isAsIntended(intent, bytes)) throw new Error("own-commit: the commit is not what was intended");
  const { welcome, ...rest } = bytes;
  const devices = devicesAfter(intent);
  return { epoch: intent.epoch, ...rest, devices, ...(welcome ? { welcome } : {}) };
}
