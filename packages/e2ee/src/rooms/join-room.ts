/** Joining by a Welcome, judged inside the transaction that processes it (DESIGN §3, "The gate", 2). */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import { userOf } from "@nimes/protocol/ids";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import { Welcome } from "@wireapp/core-crypto/browser";
import { creatorOf, verifyRoles } from "../chains/verify-roles.ts";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { GateReason, Invitation, JoinOutcome, Room } from "../e2ee.ts";
import { missingChains } from "../gate/chain-lookup.ts";
import { judgeTree, mayChangeUsers } from "../gate/judge-change.ts";
import { readLeaves } from "../gate/read-leaves.ts";
import type { VerifiedRoles } from "../gate/verified-roles.ts";
import { conversationOf, type Session } from "./session.ts";

const refused = (reason: GateReason): JoinOutcome => ({ outcome: "refused", reason });

export async function joinRoom(session: Session, invitation: Invitation): Promise<JoinOutcome> {
  const header = readMlsHeader(invitation.welcome);
  if (!header.ok) return refused("unreadable");
  if (header.value.wireFormat !== "welcome") return refused("header");
  if (header.value.cipherSuite !== session.cipherSuite) return refused("cipher-suite");

  const creator = creatorOf(invitation.roles);
  if (!creator) return refused("wrong-room");
  const userIds = missingChains(session.directory, [creator, invitation.committer, ...invitation.devices]);
  if (userIds.length > 0) return { outcome: "chain-missing", userIds };
  const roles = await verifyRoles(invitation.roles, session.directory);
  if (!roles.ok || roles.value.roomId !== invitation.roomId) return refused("wrong-room");
  if (!mayAddThisDevice(session, roles.value, invitation)) return refused("not-permitted");

  return inTransaction(session, (context) => processWelcome(session, context, invitation, roles.value));
}

async function processWelcome(
  session: Session,
  context: Context,
  invitation: Invitation,
  roles: VerifiedRoles,
): Promise<Verdict<JoinOutcome>> {
  const room: Room = { roomId: invitation.roomId, roles };
  const conversation = conversationOf(room.roomId);
  if (await context.conversationExists(conversation)) return keep({ outcome: "already-joined", room });
  const joined = await tryWelcome(context, invitation.welcome);
  if (!joined) return rollBack(refused("unreadable"));
  if (!equalBytes(joined.copyBytes(), fromHex(room.roomId))) return rollBack(refused("wrong-room"));
  if ((await context.conversationCipherSuite(conversation)) !== session.cipherSuite)
    return rollBack(refused("cipher-suite"));
  const tree = await readLeaves(context, conversation);
  if (!tree.readable) return rollBack(refused(tree.reason));
  const after = tree.leaves;
  const fault = judgeTree(session.directory, { roles, after, claimed: invitation.devices });
  if (fault) return rollBack(refused(fault));
  const devices = after.map(({ clientId }) => clientId);
  if (!devices.includes(invitation.committer)) return rollBack(refused("not-permitted"));
  const epoch = Number(await context.conversationEpoch(conversation));
  return keep({ outcome: "joined", room, epoch, devices });
}

/** @returns the id of the group joined, or undefined when the Welcome does not open. */
async function tryWelcome(context: Context, welcome: Uint8Array) {
  try {
    return await context.processWelcomeMessage(new Welcome(welcome));
  } catch {
    return undefined;
  }
}

/**
 * Who signed a Welcome is known to core-crypto alone. The committer that the server names must at least be somebody
 * whose commit every member's gate would have taken.
 */
const mayAddThisDevice = (session: Session, roles: VerifiedRoles, { committer }: Invitation): boolean =>
  userOf(committer) === userOf(session.clientId) || mayChangeUsers(roles, committer);
