/**
 * A room that cannot go on in its group goes on in a new one. Making it, adding everybody and forgetting the old one are one
 * transaction: a server that does not take it leaves the room as it was.
 */
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { MemberChange, NewGroup, RefoundOutcome, Room, SubmitRefounding } from "../e2ee.ts";
import { isUsableKeyPackage } from "../gate/check-key-package.ts";
import type { OwnCommitIntent } from "../gate/compare-own-commit.ts";
import { sightOf } from "../gate/judge-change.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { commitAsIntended } from "./own-commit.ts";
import { readClientIds } from "./read-client-ids.ts";

/** @throws Error when the commit is not what was intended: a bug, and nothing has left. */
export const refound = (
  session: MlsContext,
  room: Room,
  made: NewGroup,
  submit: SubmitRefounding,
): Promise<RefoundOutcome> =>
  inTransaction(session, (context) => moveRoom(session, context, { room, made, submit }));

type Work = { room: Room; made: NewGroup; submit: SubmitRefounding };

async function moveRoom(
  session: MlsContext,
  context: Context,
  { room, made, submit }: Work,
): Promise<Verdict<RefoundOutcome>> {
  const old = conversationOf(room.groupId);
  const conversation = conversationOf(made.groupId);
  if (await context.conversationExists(conversation)) {
    // Done before: it is kept only when it was accepted.
    const devices = await readClientIds(context, conversation);
    const epoch = Number(await context.conversationEpoch(conversation));
    return rollBack({ outcome: "accepted", epoch, devices, unusable: [] });
  }
  if (!(await context.conversationExists(old))) return rollBack({ outcome: "gone" });
  const before = await readClientIds(context, old);
  const { usable: add, unusable } = await sortClaims(session, { room, before, made });
  await context.createConversation(conversation, session.credential);
  const intent: OwnCommitIntent = {
    groupId: made.groupId,
    cipherSuite: session.cipherSuite,
    epoch: 0,
    before: [session.clientId],
    add,
    remove: [],
  };
  const answer = await commitAsIntended(session, context, {
    intent,
    submit: ({ groupId, groupInfo, welcome, devices }) =>
      submit({ groupId, epoch: 1, groupInfo, before, devices, ...(welcome && { welcome }) }),
  });
  if (answer !== "accepted") return rollBack({ outcome: answer });
  await context.wipeConversation(old);
  const devices = await readClientIds(context, conversation);
  return keep({ outcome: "accepted", epoch: 1, devices, unusable });
}

type Claim = MemberChange["add"][number];

/** The people that the room had, without whoever has asked to leave or is left out; one key package of each device. */
async function sortClaims(
  session: MlsContext,
  { room, before, made }: { room: Room; before: readonly ClientId[]; made: NewGroup },
): Promise<{ usable: Claim[]; unusable: ClientId[] }> {
  const { present } = sightOf(session.directory, room, { tree: before, time: session.now() });
  const terms = { directory: session.directory, cipherSuite: session.cipherSuite, now: session.now() };
  const usable = new Map<ClientId, Claim>();
  const unusable: ClientId[] = [];
  for (const claim of made.add) {
    const { clientId } = claim;
    const userId = userOf(clientId);
    const isMeant =
      clientId !== session.clientId &&
      clientId !== made.without &&
      made.wished.includes(userId) &&
      present.includes(userId);
    if (isMeant && (await isUsableKeyPackage(claim, terms))) usable.set(clientId, claim);
    else unusable.push(clientId);
  }
  return { usable: [...usable.values()], unusable };
}
