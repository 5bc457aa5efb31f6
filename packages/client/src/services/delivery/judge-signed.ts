/** Entries that are signed and not sealed: roles, and whoever leaves. Judged by what stands before them in the log. */

import type { DirectoryLookup } from "@nimes/e2ee/chains/verified-user";
import { authorsOf, verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import { hadEnded } from "@nimes/e2ee/gate/chain-lookup";
import { awaitedUsers, sightOf } from "@nimes/e2ee/gate/judge-change";
import type { Place } from "@nimes/e2ee/gate/judge-leave";
import { judgeLeave } from "@nimes/e2ee/gate/judge-leave";
import { judgeRefounding } from "@nimes/e2ee/gate/judge-refounding";
import type { DirectoryAtHand } from "@nimes/e2ee/gate/open-by-device";
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { groupIdOf, userOf } from "@nimes/protocol/ids";
import { awaitedBehind, leadsBy } from "@nimes/protocol/roles/awaited";
import { judgeRolesChange } from "@nimes/protocol/roles/judge-roles-change";
import { removalAllowed } from "@nimes/protocol/roles/membership";
import type { RoomSight } from "@nimes/protocol/roles/room-rules";
import { Signed } from "@nimes/protocol/schema";
import { Refounding } from "@nimes/protocol/signed/refounding";
import { RoomLeave } from "@nimes/protocol/signed/room-leave";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { Judged } from "../../core/apply-entries.ts";
import { hasSeenWhoIsThere, treeFor } from "../../core/log-stand.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { judgedTime, roomOf, withoutUnseen } from "../../core/room-record.ts";
import { isUnseen } from "../../core/sender-check.ts";

/** `latestTime`: no entry can be newer, see `judgedTime`. */
export type Judging = DirectoryAtHand & { latestTime: number };

/** @returns the users whose chains have to be fetched first, instead of a verdict. */
export async function judgeSigned(
  room: RoomRecord,
  entry: Entry,
  judging: Judging,
): Promise<Judged | { doubt: UserId[] }> {
  if (entry.kind === "expired" || entry.kind === "forgotten")
    return { entry, outcome: { outcome: "expired" } };
  if (entry.kind === "restored") return { entry, outcome: { outcome: "restored", entry } };
  const signed = decodeCbor(Signed, entry.bytes);
  if (!signed.ok) return refused(entry);
  const work = { entry, signed: signed.value };
  switch (entry.kind) {
    case "roles":
      return judgeRoles(room, work, judging);
    case "leave":
      return judgeLeaving(room, work, judging);
    case "refound":
      return judgeNewGroup(room, work, judging);
    default:
      return refused(entry);
  }
}

type Work = { entry: FullEntry; signed: Signed };

/** @param signer who says to have signed it. */
const placeOf = (
  room: RoomRecord,
  { time }: FullEntry,
  { latestTime, signer }: Judging & { signer: ClientId | undefined },
): Place => ({
  room: roomOf(room),
  tree: treeFor(room, signer),
  time: judgedTime(room.lastTime, time, latestTime),
});

async function judgeLeaving(
  room: RoomRecord,
  { entry, signed }: Work,
  atHand: Judging,
): Promise<Judged | { doubt: UserId[] }> {
  const claimed = peekSigned(RoomLeave, signed);
  const signer = claimed.ok ? claimed.value.device : undefined;
  const place = placeOf(room, entry, { ...atHand, signer });
  const judged = await judgeLeave(atHand, { ...place, stand: room.stand }, signed);
  if (judged.result === "opened") {
    // Behind a restored backup the log stands where this device has never been: it has not read who had left before it came.
    if (isBeforeJoining(room)) return refused(entry);
    const leaving = sha256(signed.payload);
    return { entry, outcome: { outcome: "leave", userId: userOf(judged.value.device), leaving } };
  }
  return judged.result === "chain-missing" ? { doubt: judged.userIds } : refused(entry);
}

const isBeforeJoining = ({ trouble, stand, groupId, joinedEpoch = 0 }: RoomRecord): boolean =>
  trouble?.kind === "rewound" && stand.groupId === groupId && stand.epoch < joinedEpoch;

async function judgeNewGroup(
  room: RoomRecord,
  { entry, signed }: Work,
  atHand: Judging,
): Promise<Judged | { doubt: UserId[] }> {
  const commit = sha256(signed.payload);
  const claimed = peekSigned(Refounding, signed);
  // One that was signed before answers neither the last one nor what stands behind it.
  if (claimed.ok && claimed.value.answers.sequence < (room.refounded ?? 0)) return refused(entry);
  const own = room.ownCommits.some(({ refounds, hash }) => refounds && equalBytes(hash, commit));
  const signer = claimed.ok ? leading(room, claimed.value.author, { entry, ...atHand }) : undefined;
  const place = placeOf(room, entry, { ...atHand, signer });
  const alike = { ...place, room: roomOf(withoutUnseen(room)) };
  if (own && claimed.ok)
    return refoundedBy(entry, { ...alike, ...atHand }, claimed.value, {
      commit,
      seen: claimed.value.without,
    });
  const judged = await judgeRefounding(atHand, place, signed);
  if (judged.result === "chain-missing") return { doubt: judged.userIds };
  if (judged.result === "refused") {
    const isOut =
      claimed.ok && judged.reason === "not-permitted" && !place.tree.includes(claimed.value.author);
    return isOut ? refused(entry, claimed.value.author) : refused(entry);
  }
  const { value } = judged;
  // Whoever is left out without a reason that is seen here is missing like others, and comes back like them.
  const seen = mayLeaveOut(room, sightOf(atHand.directory, place.room, place), value) ? value.without : null;
  return refoundedBy(entry, { ...alike, ...atHand }, value, { commit, seen });
}

/** Whoever is left out has done what nobody may, as seen here; or is somebody whom the author might take out anyway. */
function mayLeaveOut(room: RoomRecord, sight: RoomSight, { without, author, answers }: Refounding): boolean {
  if (!without) return true;
  const { trouble } = room;
  const isSeen =
    trouble?.kind === "against-rules" &&
    trouble.committer === without &&
    trouble.entry.sequence === answers.sequence &&
    equalBytes(trouble.entry.digest, answers.digest);
  return isSeen || removalAllowed(sight, author, { device: without, isOver: false });
}

/** @param seen whom this device sees left out by right. */
function refoundedBy(
  entry: FullEntry,
  { directory, room, tree, time }: Place & DirectoryAtHand,
  { groupId, author, without }: Refounding,
  { commit, seen }: { commit: Uint8Array; seen: ClientId | null },
): Judged {
  const sight = sightOf(directory, room, { tree, time });
  const there = tree.filter((device) => sight.present.includes(userOf(device)));
  // By what everybody has alike, whoever of them saw the reason.
  const leaders = awaitedBehind({ sight, tree: there, author, without, time });
  const named = { groupId: groupIdOf(groupId), author, without: seen, commit, leaders };
  return { entry, outcome: { outcome: "refounded", ...named } };
}

async function judgeRoles(
  room: RoomRecord,
  { entry, signed }: Work,
  { directory, isFresh, latestTime }: Judging,
): Promise<Judged | { doubt: UserId[] }> {
  const [first] = room.signedRoles;
  if (entry.sequence === 1)
    return first && equalBytes(signed.payload, first.payload)
      ? { entry, outcome: { outcome: "founded" } }
      : refused(entry);
  if (room.signedRoles.some(({ payload }) => equalBytes(payload, signed.payload)))
    return { entry, outcome: { outcome: "known" } };
  const chain = [...room.signedRoles, signed];
  const verified = await verifyRoles(chain, directory);
  if (!verified.ok && verified.code === "wrong-signer" && !isFresh) return { doubt: authorsOf(chain) };
  const next = peekSigned(RoomRoles, signed);
  if (!verified.ok || !next.ok) return refused(entry);
  const { author } = next.value;
  const tree = treeFor(room, leading(room, author, { entry, directory, latestTime }));
  // A phone that was replaced keeps its key; what it says counts as long as it is there.
  if (!tree.includes(author)) return refused(entry);
  const then = hasSeenWhoIsThere(room)
    ? tree
    : tree.filter((device) => device === author || !cameAnew(room, device, directory));
  const time = judgedTime(room.lastTime, entry.time, latestTime);
  const sight = sightOf(directory, roomOf(room), { tree: then, time });
  if (!judgeRolesChange(sight, next.value).ok) {
    const awaited = awaitedUsers(roomOf(room));
    return isFresh || awaited.length === 0 ? refused(entry) : { doubt: awaited };
  }
  return { entry, outcome: { outcome: "roles", roles: verified.value, signed } };
}

/** Whoever leads by the roles as they are written, has not ended by then, and was not seen to go: nobody else decides unseen. */
function leading(
  { roles, former = [], lastTime }: RoomRecord,
  device: ClientId,
  { entry, directory, latestTime }: Pick<Judging, "directory" | "latestTime"> & { entry: FullEntry },
): ClientId | undefined {
  const user = userOf(device);
  const isOver = hadEnded(directory, device, judgedTime(lastTime, entry.time, latestTime));
  return leadsBy(roles, user) && !isOver && !former.includes(user) ? device : undefined;
}

/** Whose new phone came unseen was away before it: somebody may have followed them then. */
function cameAnew({ senders }: RoomRecord, device: ClientId, directory: DirectoryLookup): boolean {
  const [sender, user] = [senders[device], directory(userOf(device))];
  if (!sender || !isUnseen(sender) || !user || user === "unprovable") return false;
  return user.ended.length > 0;
}

/** @param by who has signed it without being there: the room goes on without them. */
const refused = (entry: Entry, by?: ClientId): Judged => ({
  entry,
  outcome: { outcome: "refused", sequence: entry.sequence, reason: "wrong-room", ...(by && { by }) },
});
