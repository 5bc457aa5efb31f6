/** Joining by a Welcome, judged inside the transaction that processes it (DESIGN §3, "The gate", 2). */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import { type Awaited, leadsBy } from "@nimes/protocol/roles/awaited";
import { additionAllowed } from "@nimes/protocol/roles/membership";
import { Welcome } from "@wireapp/core-crypto/browser";
import { authorsOf, verifyRoles } from "../chains/verify-roles.ts";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { GateReason, Invitation, JoinOptions, JoinOutcome, Room, WelcomeOrigin } from "../e2ee.ts";
import { missingChains, standingDevice } from "../gate/chain-lookup.ts";
import { authorOfProof, checkWelcomeProof } from "../gate/check-welcome-proof.ts";
import { goesOnFrom } from "../gate/goes-on-from.ts";
import { judgeTree, mayWelcome, sightOf } from "../gate/judge-change.ts";
import { judgeBrought } from "../gate/judge-rejoin.ts";
import type { VerifiedRoles } from "../gate/verified-roles.ts";
import { readKnownTree } from "./known-tree.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { readClientIds } from "./read-client-ids.ts";

const refused = (reason: GateReason): JoinOutcome => ({ outcome: "refused", reason });

export async function joinRoom(
  session: MlsContext,
  invitation: Invitation,
  options: JoinOptions = {},
): Promise<JoinOutcome> {
  const header = readMlsHeader(invitation.welcome);
  if (!header.ok) return refused("unreadable");
  if (header.value.wireFormat !== "welcome") return refused("header");
  if (header.value.cipherSuite !== session.cipherSuite) return refused("cipher-suite");

  const { directory } = session;
  const authors = [...new Set([...authorsOf(invitation.roles), ...authorOfProof(invitation)])];
  const userIds = authors.filter((userId) => directory(userId) === undefined);
  if (userIds.length > 0) return { outcome: "chain-missing", userIds };
  const roles = await verifyRoles(invitation.roles, directory);
  if (!roles.ok || roles.value.roomId !== invitation.roomId) return refused("wrong-room");
  const proof = await checkWelcomeProof(invitation, roles.value, { directory, now: session.now() });
  if (!proof.holds) return refused(proof.reason);
  const { seen } = options;
  const brought = { chain: invitation.roles, roles: roles.value, author: proof.author };
  if (seen && !goesOnFrom(seen, brought)) return refused("wrong-room");

  const { roomId, groupId, welcome } = invitation;
  const awaited = believedAwaited(proof.awaited, roles.value, {
    ...options,
    author: proof.author,
    self: session.clientId,
    now: session.now(),
  });
  const room: Room = { roomId, groupId, roles: roles.value, leaving: [], ...(awaited && { awaited }) };
  const origin: WelcomeOrigin = { author: proof.author, commit: proof.commit };
  // A phone that has ended brings nobody in; where it had added this device, somebody whose word counts has it in the tree.
  if (proof.hasEnded)
    return mayWelcome(room, origin.author, session.clientId)
      ? { outcome: "unopened", room, ...origin }
      : refused("not-permitted");
  return inTransaction(session, (context) =>
    processWelcome(session, context, { room, origin, welcome, ...options }),
  );
}

/**
 * Whom a device that comes in waits for by its inviter's word: only who leads by the signed roles, and no longer than anybody is
 * waited for. By the word of somebody who may not add people, only whom it knew itself; or they could bring in anybody.
 */
function believedAwaited(
  awaited: Awaited | undefined,
  roles: VerifiedRoles,
  {
    leftOut,
    author,
    self,
    now,
  }: Pick<JoinOptions, "leftOut"> & { author: ClientId; self: ClientId; now: number },
): Awaited | undefined {
  if (!awaited) return undefined;
  const isKnown = (device: ClientId): boolean =>
    mayWelcome({ roles }, author, self) || leftOut?.devices.includes(device) === true;
  const devices = awaited.devices.filter((device) => leadsBy(roles, userOf(device)) && isKnown(device));
  const until = Math.min(awaited.until, now + limits.awaitedMs + limits.phoneClockToleranceMs);
  return devices.length === 0 ? undefined : { devices, until };
}

type Work = { room: Room; origin: WelcomeOrigin; welcome: Uint8Array } & JoinOptions;

async function processWelcome(
  session: MlsContext,
  context: Context,
  work: Work,
): Promise<Verdict<JoinOutcome>> {
  const { room, origin, welcome, replaces } = work;
  const conversation = conversationOf(room.groupId);
  if (replaces !== room.groupId && (await context.conversationExists(conversation))) {
    const devices = await readClientIds(context, conversation);
    return mayInvite(session, work, devices)
      ? rollBack({ outcome: "already-joined", room, ...origin })
      : rollBack(refused("not-permitted"));
  }
  const replaced = replaces && conversationOf(replaces);
  if (replaced && (await context.conversationExists(replaced))) await context.wipeConversation(replaced);
  const joined = await tryWelcome(context, welcome);
  if (!joined) {
    const isNew = replaces === undefined && mayWelcome(room, origin.author, session.clientId);
    return rollBack(isNew ? { outcome: "unopened", room, ...origin } : refused("unreadable"));
  }
  if (!equalBytes(joined.copyBytes(), fromHex(room.groupId))) return rollBack(refused("wrong-room"));
  if ((await context.conversationCipherSuite(conversation)) !== session.cipherSuite)
    return rollBack(refused("cipher-suite"));
  const tree = await readKnownTree(session, context, room.groupId);
  if (!tree.readable) return rollBack(refused(tree.reason));
  const devices = tree.leaves.map(({ clientId }) => clientId);
  const userIds = missingChains(session.directory, devices);
  if (userIds.length > 0) return rollBack({ outcome: "chain-missing", userIds });
  const fault = judgeTree(session.directory, room, tree.leaves);
  if (fault) return rollBack(refused(fault));
  if (!mayInvite(session, work, devices)) return rollBack(refused("not-permitted"));
  const epoch = Number(await context.conversationEpoch(conversation));
  return keep({ outcome: "joined", room, epoch, devices, ...origin });
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
 * Whether the author of a Welcome is there and may bring this device in. Of a refounding the client has verified that its
 * author may; there everybody knows who was in the room.
 */
function mayInvite(
  session: MlsContext,
  { room, origin, refounding, leftOut }: Work,
  devices: readonly ClientId[],
): boolean {
  const { author, commit } = origin;
  if (!devices.includes(author)) return false;
  const now = session.now();
  const { directory } = session;
  const stands = standingDevice(directory, author, now) !== undefined;
  const whole = { directory, signer: author, stands, tree: devices, now };
  if (!refounding)
    return (
      mayWelcome(room, author, session.clientId) ||
      (leftOut?.devices.includes(author) === true && !judgeBrought(room, leftOut, whole))
    );
  if (refounding.author !== author || !equalBytes(refounding.commit, commit)) return false;
  if (judgeBrought(room, refounding.known, whole)) return false;
  const sight = sightOf(directory, room, { tree: [author, ...devices], time: now });
  return additionAllowed(sight, author, session.clientId);
}
