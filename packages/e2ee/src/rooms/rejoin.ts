/**
 * Healing: a device whose leaf stands in the tree comes back by an external commit that puts a new leaf in the place of its
 * old one (RFC 9420, section 12.4.3.2). What core-crypto does there, and where it fails, stands in docs/adr/0029.
 */
import { toHex } from "@nimes/protocol/bytes";
import { parseGroupInfo } from "@nimes/protocol/mls/group-info";
import { parsePublicCommit } from "@nimes/protocol/mls/public-commit";
import { GroupInfo } from "@wireapp/core-crypto/browser";
import { type Context, inTransaction, keep, rollBack, type Verdict } from "../core-crypto/transaction.ts";
import type { CommitBundle, Healing, RejoinOutcome, Room, SubmitCommit } from "../e2ee.ts";
import { type Leaf, missingChains, standingDevice } from "../gate/chain-lookup.ts";
import type { OwnCommitBytes } from "../gate/compare-own-commit.ts";
import { judgeTree } from "../gate/judge-change.ts";
import { isHealing, judgeBrought, judgeSameLeaves, judgeWelcomed } from "../gate/judge-rejoin.ts";
import { leavesOfNodes } from "../gate/read-leaves.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { readClientIds } from "./read-client-ids.ts";
import { type Sent, sendCommit } from "./send-commit.ts";

type Place = { epoch: number; before: readonly Leaf[]; self: Leaf };
type Refused = Extract<RejoinOutcome, { outcome: "refused" }>;
type Stop = Refused["reason"];
const refused = (reason: Stop): Refused => ({ outcome: "refused", reason });

/** @throws what the submission threw; nothing has changed then. */
export async function rejoin(
  session: MlsContext,
  room: Room,
  healing: Healing,
  submit: SubmitCommit,
): Promise<RejoinOutcome> {
  const place = findPlace(session, room, healing);
  if ("outcome" in place) return place;
  return inTransaction(session, (context) => comeBack(session, context, { room, healing, place, submit }));
}

/** The GroupInfo is the server's word until core-crypto has verified it: nothing is done for one that cannot be right. */
function findPlace(
  session: MlsContext,
  room: Room,
  { groupInfo, seenEpoch, known }: Healing,
): Place | Exclude<RejoinOutcome, { outcome: "accepted" }> {
  const parsed = parseGroupInfo(groupInfo);
  if (!parsed.ok) return refused("unreadable");
  const { groupId, cipherSuite, epoch } = parsed.value;
  if (toHex(groupId) !== room.groupId) return refused("wrong-room");
  if (cipherSuite !== session.cipherSuite) return refused("cipher-suite");
  if (epoch < seenEpoch) return refused("old-epoch");
  const tree = leavesOfNodes(parsed.value.leaves);
  if (!tree.readable) return refused(tree.reason);
  const before = tree.leaves;
  const self: Leaf = { clientId: session.clientId, thumbprint: session.mlsThumbprint };
  const isThere = before.some(
    ({ clientId, thumbprint }) => clientId === self.clientId && toHex(thumbprint) === toHex(self.thumbprint),
  );
  if (!isThere) return refused("not-in-tree");
  const userIds = missingChains(
    session.directory,
    before.map(({ clientId }) => clientId),
  );
  if (userIds.length > 0) return { outcome: "chain-missing", userIds };
  const signer = parsed.value.signer && leavesOfNodes([parsed.value.signer]);
  const [signed] = signer?.readable ? signer.leaves : [];
  if (!signed) return refused("unreadable");
  const now = session.now();
  const { directory } = session;
  const stands = standingDevice(directory, signed.clientId, now) !== undefined;
  const clientIds = before.map(({ clientId }) => clientId);
  const whole = { directory, signer: signed.clientId, stands, tree: clientIds, now };
  const fault =
    judgeTree(session.directory, room, before) ??
    (known ? judgeBrought(room, known, whole) : judgeInvited(room, whole));
  return fault ? refused(fault) : { epoch, before, self };
}

/** To whoever is new in a room nobody speaks by a device that has ended. */
const judgeInvited = (
  room: Room,
  whole: Parameters<typeof judgeWelcomed>[1] & { stands: boolean },
): Stop | undefined => (whole.stands ? judgeWelcomed(room, whole) : "not-on-chain");

type Work = { room: Room; healing: Healing; place: Place; submit: SubmitCommit };

async function comeBack(
  session: MlsContext,
  context: Context,
  { room, healing, place, submit }: Work,
): Promise<Verdict<RejoinOutcome>> {
  const conversation = conversationOf(room.groupId);
  for (const groupId of new Set([room.groupId, healing.replaces ?? room.groupId]))
    if (await context.conversationExists(conversationOf(groupId)))
      await context.wipeConversation(conversationOf(groupId));
  let sent: Sent<Stop> | undefined;
  let handedOver = false;
  try {
    sent = await sendCommit<Stop>(session, {
      // An `MLSMessage` puts version and wire format, 4 bytes, before it.
      make: () =>
        context.joinByExternalCommit(new GroupInfo(healing.groupInfo.subarray(4)), session.credential),
      check(bytes) {
        handedOver = true;
        const made = checkedBundle(room, place, bytes);
        return typeof made === "string" ? { stop: made } : { send: () => submit(made) };
      },
    });
  } catch (error) {
    if (handedOver) throw error;
    // The signature, the tree or the keys of the GroupInfo do not hold.
    return rollBack(refused("unreadable"));
  }
  if (sent.outcome === "stopped") return rollBack(refused(sent.why));
  if (sent.outcome !== "accepted") return rollBack({ outcome: sent.outcome });
  const devices = await readClientIds(context, conversation);
  return keep({ outcome: "accepted", epoch: place.epoch + 1, devices });
}

/** What leaves puts this device in the place of its own leaf and changes nothing else. */
function checkedBundle(
  room: Room,
  { epoch, before, self }: Place,
  bytes: OwnCommitBytes,
): CommitBundle | Stop {
  const commit = parsePublicCommit(bytes.commit);
  const after = parseGroupInfo(bytes.groupInfo);
  if (!commit.ok || !after.ok || bytes.welcome) return "own-commit";
  const fits =
    commit.value.by === "joiner" &&
    commit.value.epoch === epoch &&
    after.value.epoch === epoch + 1 &&
    [commit.value, after.value].every(({ groupId }) => toHex(groupId) === room.groupId);
  const tree = leavesOfNodes(after.value.leaves);
  if (!tree.readable) return tree.reason;
  if (!fits || !isHealing(commit.value.proposals)) return "own-commit";
  if (judgeSameLeaves(before, tree.leaves, self)) return "own-commit";
  return {
    groupId: room.groupId,
    epoch,
    commit: bytes.commit,
    groupInfo: bytes.groupInfo,
    before: before.map(({ clientId }) => clientId),
    devices: tree.leaves.map(({ clientId }) => clientId),
    rejoin: true,
  };
}
