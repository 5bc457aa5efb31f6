/** What entries do to who is in a room and what each may: commits, roles, leaving, and a new group. Pure. */
import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { awaitedBehindRoles, losesLead } from "@nimes/protocol/roles/awaited";
import { refoundedEpoch } from "@nimes/protocol/signed/refounding";
import type { Applied, Knowledge, PlainOutcome } from "./apply-entries.ts";
import { isStillToGo, isWaitedFor, withAwaited, withUnseen } from "./move-room.ts";
import { changedRoles } from "./role-changes.ts";
import type { IsEnded, RoomRecord } from "./room-record.ts";
import { mayChangeMembers, usersOf } from "./room-record.ts";
import { isUnseen, newSender } from "./sender-check.ts";
import type { StoredNotice } from "./stored-item.ts";

export type Tell = (notice: StoredNotice) => void;

/**
 * Wishes that this user may not have any more are given up: whoever may has their own. Whoever loses the lead while a
 * refounding has left them out is waited for no more; who has taken it without taking them out adds them by their own wish.
 */
export function applyRoles(
  applied: Applied,
  { roles, signed }: Extract<PlainOutcome, { outcome: "roles" }>,
  { self, isEnded, tell }: { self: ClientId; isEnded: IsEnded; tell: Tell },
): void {
  const { room } = applied;
  const by = userOf(roles.author);
  for (const { userId, role } of changedRoles(room.roles, roles))
    tell({ type: "role", by, person: userId, role });
  applied.epochChanged = true;
  const loses = (device: ClientId): boolean => losesLead(room.roles, roles, userOf(device));
  const { leftOut = [] } = room;
  const kept = usersOf(leftOut.filter(loses)).filter((user) => !room.removing.includes(user));
  const changed: RoomRecord = {
    ...room,
    roles,
    signedRoles: [...room.signedRoles, signed],
    ...(room.leftOut && { leftOut: leftOut.filter((device) => !loses(device)) }),
    pending: roles.author === self ? [...new Set([...room.pending, ...kept])] : room.pending,
  };
  const awaited = awaitedBehindRoles(room.awaited, room.roles, roles);
  const unseen = awaitedBehindRoles(room.unseen, room.roles, roles);
  const next = withOpenRemovals(withUnseen(withAwaited(changed, awaited), unseen));
  applied.room = mayChangeMembers(next, userOf(self), isEnded)
    ? next
    : { ...next, pending: [], removing: [] };
}

const withOpenRemovals = (room: RoomRecord): RoomRecord => ({
  ...room,
  removing: room.removing.filter((user) => isStillToGo(room, user)),
});

/** The leaves go with the next commit of anybody; the leaver's own device is out at once. */
export function applyLeave(
  applied: Applied,
  userId: UserId,
  { self, tell }: { self: ClientId; tell: Tell },
): void {
  const { room } = applied;
  if (room.leaving.includes(userId)) return;
  tell({ type: "left", person: userId });
  applied.epochChanged = true;
  if (userId === userOf(self)) {
    const { wantsOut: _, ...rest } = room;
    applied.room = { ...rest, standing: { state: "left" }, devices: [], pending: [], removing: [] };
    return;
  }
  const isOthers = (device: ClientId): boolean => userOf(device) !== userId;
  const { unseen } = room;
  const next: RoomRecord = {
    ...room,
    leaving: [...room.leaving, userId],
    // An own refounding that the log has not shown yet may have no leaf of theirs.
    ...(room.leftOut && { leftOut: room.leftOut.filter(isOthers) }),
  };
  // Whoever has come back behind it has waited for them.
  applied.room = withUnseen(next, unseen && { ...unseen, devices: unseen.devices.filter(isOthers) });
}

export function applyRefounding(
  applied: Applied,
  { groupId, author, without, commit, leaders }: Extract<PlainOutcome, { outcome: "refounded" }>,
  { sequence, knowledge, tell }: { sequence: number; knowledge: Knowledge; tell: Tell },
): void {
  // Whoever has signed it has seen what it answers, a restored backup too.
  const { restored: _, ...known } = applied.room;
  const { stand, leftGroups = [], lost } = known;
  const room: RoomRecord = {
    ...known,
    // What was sealed since in a group that only some have: again, as what was lost.
    ...(lost && { lost: { ...lost, until: Math.max(sequence, lost.until) } }),
    refounded: sequence,
    stand: { groupId, epoch: refoundedEpoch },
    leftGroups: [...leftGroups, stand.groupId],
  };
  const by = userOf(author);
  applied.epochChanged = true;
  tell({ type: "refounded", by });
  if (without && userOf(without) === userOf(knowledge.self)) {
    tell({ type: "removed-you", by });
    const { trouble: __, ...rest } = room;
    applied.room = { ...rest, standing: { state: "left" }, devices: [], pending: [], removing: [] };
  } else if (room.groupId === groupId) {
    // Founded by this device: it is there since the server's answer.
    const there = usersOf(room.devices);
    const moved = {
      ...room,
      leaving: room.leaving.filter((user) => there.includes(user)),
      ownCommits: room.ownCommits.filter(({ refounds }) => !refounds),
    };
    applied.room = withAwaited(moved, leaders);
  } else {
    const moved: RoomRecord = {
      ...room,
      trouble: { kind: "moved", groupId, author, without, commit, since: knowledge.receivedAt },
    };
    // Who of them is in the new group is seen from inside.
    applied.room = withAwaited(moved, leaders, []);
  }
}

/**
 * A commit: the notice names the people who came or went, never single devices. Whose ended device was taken out is not
 * removed, and the room has said already that there is a new one. The tree alone says who is there; whom the notice
 * names as the doer is whoever signed.
 */
export function applyCommit(
  applied: Applied,
  work: {
    bytesHash: Uint8Array;
    /** That the commit ended. */
    epoch: number;
    outcome: Extract<EntryOutcome, { outcome: "commit" }>;
    knowledge: Knowledge;
  },
  tell: Tell,
): void {
  const { trouble, ...room } = applied.room;
  const { self, isEnded } = work.knowledge;
  const { devices, committer, epoch } = work.outcome;
  const own = room.ownCommits.find(({ hash }) => equalBytes(hash, work.bytesHash));
  const before = own?.before ?? room.devices;
  const cameDevices = devices.filter((device) => !before.includes(device));
  const senders = { ...room.senders };
  const since = work.outcome.sequence;
  // Whoever is there already, and was not seen to come, came no later than a commit that somebody has signed on top.
  if (committer)
    for (const device of before) {
      const sender = senders[device];
      if (sender && isUnseen(sender)) senders[device] = { ...sender, since };
    }
  for (const device of cameDevices) senders[device] = newSender(since);
  const usersBefore = usersOf(before);
  const usersAfter = usersOf(devices);
  const usersInUse = usersOf(devices.filter((device) => !isEnded(device)));
  const came = usersAfter.filter((user) => !usersBefore.includes(user));
  const hadAnother = usersOf(before.filter((device) => !isEnded(device)));
  const left = usersBefore.filter((user) => !usersAfter.includes(user));
  const went = left.filter((user) => hadAnother.includes(user) || room.removing.includes(user));
  const gone = [...(room.gone ?? []), ...left].filter(
    (user) => !went.includes(user) && !usersAfter.includes(user),
  );
  const former = [...new Set([...(room.former ?? []), ...left, ...room.leaving])].filter(
    (user) => !usersAfter.includes(user),
  );
  const by = committer && { by: userOf(committer) };
  if (came.length > 0) tell({ type: "added", ...by, people: came });
  if (went.length > 0) tell({ type: "removed", ...by, people: went });
  applied.epochChanged = true;
  const changed: RoomRecord = {
    ...room,
    devices: [...devices],
    senders,
    // What the server had taken and nobody could open is overtaken; whoever is stranded is so until it has healed, and behind a
    // restored backup the group is compared.
    ...((trouble?.kind === "stranded" || trouble?.kind === "rewound") && { trouble }),
    ownCommits: room.ownCommits.filter((commit) => commit !== own && commit.epoch >= epoch),
    logEpoch: Math.max(room.logEpoch, work.epoch + 1),
    leaving: room.leaving.filter((user) => usersAfter.includes(user) && !came.includes(user)),
    ...(committer === self && { sealedSince: 0, renewedAt: work.knowledge.receivedAt }),
    profileDue: room.profileDue || (committer === self && came.length > 0 && room.name !== ""),
    gone,
    former,
    // Whoever is still there with an ended device alone stays wished for.
    pending: room.pending.filter((user) => !usersInUse.includes(user)),
    // Added again since by somebody else: what was wished before is done.
    removing: room.removing.filter((user) => !came.includes(user) || isWaitedFor(room, user)),
    ...(room.leftOut && { leftOut: room.leftOut.filter((one) => !usersAfter.includes(userOf(one))) }),
  };
  applied.room = withOpenRemovals(withUnseen(withAwaited(changed, room.awaited), room.unseen));
}
