/** What a device knows of a room. */
import type { Room } from "@nimes/e2ee/e2ee";
import type { LogStand } from "@nimes/e2ee/gate/judge-leave";
import type { VerifiedRoles } from "@nimes/e2ee/gate/verified-roles";
import { initialRunningHash } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import type { ClientId, GroupId, MessageId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { firstGroupOf, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { type Awaited, awaitedAt } from "@nimes/protocol/roles/awaited";
import { may } from "@nimes/protocol/roles/may";
import type { RoomSight } from "@nimes/protocol/roles/room-rules";
import type { Signed } from "@nimes/protocol/schema";
import type { SenderRecord } from "./sender-check.ts";
import { unknownSender, unseenSender } from "./sender-check.ts";
import type { StoredBody } from "./stored-item.ts";
import type { Trouble } from "./trouble.ts";

/** How this device stands to the room. */
export type Standing =
  /**
   * Founded here; the log has not shown it yet. `refused`: what the server said to it. `existing`: it says that the two
   * have a room already, whose Welcome this device waits for since a moment of its own clock.
   */
  | {
      state: "founding";
      submissionId: SubmissionId;
      refused?: ErrorCode;
      existing?: { roomId: RoomId; since: number };
    }
  | { state: "member" }
  /** Removed: what was there can be read, nothing can be written. */
  | { state: "left" }
  /** The two people had a room already; what was written here moves there as soon as this device is in it. */
  | { state: "replaced"; by: RoomId };

export type LastMessage = {
  messageId: MessageId;
  sender: ClientId;
  at: number;
  sequence: number;
  body: StoredBody;
};

/** A commit that this device has made and whose entry it has not yet seen in the log. */
export type OwnCommit = {
  submissionId: SubmissionId;
  /** What the server gets, again with every new connection, until the log shows it. */
  submission: Submission;
  /** SHA-256 of its bytes. */
  hash: Uint8Array;
  /** The epoch that it ends. */
  epoch: number;
  /** Leaves before it, for telling who came and went when its entry is there. */
  before: ClientId[];
  /** It founds the group anew: the group that it takes the place of. */
  refounds?: GroupId;
};

/** Where a message stands that did not open, and who wrote it, as the running hash counts it: nobody else answers for it. */
export type MissingPlace = { sequence: number; sender: ClientId };

export type RoomRecord = {
  roomId: RoomId;
  /** The MLS group in which it goes on. */
  groupId: GroupId;
  roles: VerifiedRoles;
  /** The signed chain, for founding. */
  signedRoles: Signed[];
  standing: Standing;
  /** Name of a group, as its last profile said; empty until one has come. */
  name: string;
  /** Last entry that is applied, and the running hash behind it. */
  cursor: number;
  hash: Uint8Array;
  /**
   * Where this device came in, as long as no message of a member has confirmed it: the server's word until then. `commit`:
   * SHA-256 of what brought it in, signed by whoever invited. `hash`: running hash behind it. `behind`:
   * what was read when it was here before.
   */
  entrance?: { commit: Uint8Array; sequence: number; hash: Uint8Array; behind: number };
  /** Server's time of the newest entry, milliseconds, see `judgedTime`. */
  lastTime?: number;
  /** Leaves of the tree, as the encryption last told inside a transaction; nothing else is ever written here. */
  devices: ClientId[];
  /** What is known of each sending device (P4). */
  senders: Record<ClientId, SenderRecord>;
  /** Highest counter of this device's messages that the server has accepted here. */
  ownCounter: number;
  ownCommits: OwnCommit[];
  /** Epoch with which this device came into the group: what was sealed before does not open here. */
  joinedEpoch?: number;
  /** Places of messages that were sealed while this device had lost its place: asked for as soon as it is back. */
  missing: MissingPlace[];
  /** Asked for, at a moment of the own clock, and not come yet. */
  asked?: { places: MissingPlace[]; at: number };
  /** Entry with which this device came in; 0 where it founded the room. Whoever was there then has no earlier claim on it. */
  enteredAt: number;
  /** Up to where this device has sealed its messages again for others. */
  answered: Record<ClientId, number>;
  /** Own messages since this device's keys were new here, and when that was by the own clock, milliseconds. */
  sealedSince: number;
  renewedAt?: number;
  /** Epoch behind the last commit that the log has shown: this device's own may be ahead of it. */
  logEpoch: number;
  /** Where the log stands by its entries alone: an own refounding that it has not shown yet has not moved it. */
  stand: LogStand;
  /** Groups that the log has gone on from: nobody is brought into one of them any more (M10). */
  leftGroups?: GroupId[];
  /** Users whose asking to leave stands in the log: their leaves go with the next commit of anybody. */
  leaving: UserId[];
  /** This user has asked to leave, and the log has not shown it yet. */
  wantsOut?: true;
  /** Wishes: to be added as soon as they can be, and to be taken out. They stand until the tree shows them done. */
  pending: UserId[];
  removing: UserId[];
  /** Devices that were in the room when it was founded anew, and were left out: added again by whoever may. */
  leftOut?: ClientId[];
  /** Who leads the room and was left out by a refounding: told by log and tree alone, and the same for everybody. */
  awaited?: Awaited;
  /**
   * Who led the room and is gone from a tree that this device has come back to, without its having seen why: awaited as
   * well, here and by nobody else.
   */
  unseen?: Awaited;
  /** What the server said when a wish was last tried. */
  refusals?: Partial<Record<UserId, ErrorCode>>;
  trouble?: Trouble;
  /** The server says again and again that this device is not in the group any more: shown, and asked on. */
  absent?: true;
  /** Their device had ended and was taken out: they come back with the new one as soon as somebody adds them. */
  gone?: UserId[];
  /** Place of the last refounding in the log. */
  refounded?: number;
  /** Seen to go, and not to come back: a tree that has them is not believed without the log. */
  former?: UserId[];
  /**
   * Where the server says to go on behind a backup, and what was before it here: its word, until a member's message has
   * confirmed it.
   */
  restored?: { sequence: number; before: BeforeRestored };
  /**
   * What the server has lost with a backup, between these entries and of roles that are newer than this version: it is still to
   * be sent again.
   */
  lost?: { from: number; until: number; rolesVersion: number };
  /** Whether adding the first people has been tried: before, nothing is sealed for an empty room. */
  introduced: boolean;
  /** People came who do not know the name of the room yet: this device tells it before anything else. */
  profileDue: boolean;
  /** Every other person has at least one device with everything up to here. */
  delivered: number;
  readUpTo: number;
  unread: number;
  draft: string;
  /** Notices that this device has put into the timeline by itself. */
  ownNotices?: number;
  last?: LastMessage;
  /** Own clock, milliseconds: the look since which something is due to go, see core/expiry. */
  dueSince?: number;
  /** Own clock, milliseconds: where a room without messages stands in the list. */
  since: number;
};

export type BeforeRestored = Pick<
  RoomRecord,
  "cursor" | "hash" | "stand" | "logEpoch" | "senders" | "leaving" | "trouble"
>;

type Start = Pick<RoomRecord, "roomId" | "roles" | "signedRoles" | "standing" | "since">;

const untouched = {
  ownCommits: [],
  logEpoch: 0,
  missing: [],
  enteredAt: 0,
  answered: {},
  sealedSince: 0,
  leaving: [],
  removing: [],
  profileDue: false,
  delivered: 0,
  readUpTo: 0,
  unread: 0,
  draft: "",
  ownCounter: 0,
  senders: {},
};

/** A room that this device founds. */
export const foundedRoom = (
  start: Start & { self: ClientId; name: string; pending: UserId[] },
): RoomRecord => {
  const { self, ...room } = start;
  return {
    ...untouched,
    ...room,
    groupId: firstGroupOf(room.roomId),
    stand: { groupId: firstGroupOf(room.roomId), epoch: 0 },
    cursor: 0,
    hash: initialRunningHash(room.roomId),
    devices: [self],
    introduced: false,
  };
};

/** Where a device enters the log: the entry that added it. */
export type Entrance = {
  sequence: number;
  hash: Uint8Array;
  devices: ClientId[];
  commit: Uint8Array;
  epoch: number;
};

/**
 * A room that this device was added to, perhaps again. Counters start anew with the leaf; the devices that were there
 * before have counters nobody here knows yet.
 */
export function joinedRoom(
  start: Omit<Start, "standing"> & Pick<RoomRecord, "groupId" | "awaited">,
  entrance: Entrance,
  known: RoomRecord | undefined,
): RoomRecord {
  const { commit, sequence, hash } = entrance;
  const behind = known?.cursor ?? 0;
  // Whatever kept it from going on is over, and who is missing is seen from where it stands now. Whoever has asked to leave
  // and was added again stays.
  const {
    trouble: _,
    absent: __,
    leftOut: ___,
    wantsOut: ____,
    awaited: _____,
    unseen: ______,
    restored: _______,
    lost: ________,
    asked: _________,
    ...kept
  } = known ?? { name: "", pending: [] as UserId[] };
  return {
    ...untouched,
    ...kept,
    ...formerBehind(known?.former, entrance.devices),
    ...start,
    since: known?.since ?? start.since,
    standing: { state: "member" },
    entrance: { commit, sequence, hash, behind },
    joinedEpoch: entrance.epoch,
    enteredAt: enteredBehind({ sequence, behind }),
    answered: {},
    missing: [],
    logEpoch: entrance.epoch,
    stand: { groupId: start.groupId, epoch: entrance.epoch },
    cursor: sequence,
    hash,
    devices: entrance.devices,
    senders: {},
    ownCounter: 0,
    ownCommits: [],
    leaving: [],
    introduced: true,
    readUpTo: Math.max(known?.readUpTo ?? 0, entrance.sequence),
    delivered: Math.max(known?.delivered ?? 0, entrance.sequence),
  };
}

/**
 * What stands before this has been written for others, whatever place the server names: a message from an earlier time in
 * the room is never sealed again for somebody who came in between.
 */
export const enteredBehind = ({ sequence, behind }: { sequence: number; behind: number }): number =>
  Math.max(sequence, behind);

/** Users that were seen to go, without those who are there again. */
export const formerBehind = (
  former: readonly UserId[] | undefined,
  tree: readonly ClientId[],
): Pick<RoomRecord, "former"> => {
  const there = usersOf(tree);
  return former ? { former: former.filter((user) => !there.includes(user)) } : {};
};

/** Whether this device has never been in the room's group: its Welcome did not open. */
export const isStillOutside = ({ devices, trouble }: RoomRecord): boolean =>
  devices.length === 0 && trouble?.kind === "stranded";

/** All who are awaited, by everybody and by this device alone. */
function waitedFor({ awaited, unseen }: Pick<RoomRecord, "awaited" | "unseen">): Awaited | undefined {
  if (!awaited || !unseen) return awaited ?? unseen;
  return {
    devices: [...new Set([...awaited.devices, ...unseen.devices])],
    until: Math.max(awaited.until, unseen.until),
  };
}

/** The room as everybody has it who has seen all of it. */
export const withoutUnseen = ({ unseen: _, ...room }: RoomRecord): RoomRecord => room;

/** The room as the encryption judges it. */
export function roomOf(room: RoomRecord): Room {
  const { roomId, groupId, roles, leaving, joinedEpoch } = room;
  const awaited = waitedFor(room);
  return {
    roomId,
    groupId,
    roles,
    leaving,
    ...(awaited && { awaited }),
    ...(joinedEpoch !== undefined && { joinedEpoch }),
  };
}

/** The users behind a list of devices, each once. */
export const usersOf = (devices: readonly ClientId[]): UserId[] => [...new Set(devices.map(userOf))];

/** Whether this device is in the room, as far as it knows. */
export const isIn = ({ standing, absent }: RoomRecord): boolean => standing.state !== "left" && !absent;

/** In a direct room, the other one. */
export const peerOf = (room: RoomRecord, self: UserId): UserId | undefined =>
  room.roles.kind === "direct" ? room.roles.users.find(({ userId }) => userId !== self)?.userId : undefined;

/** Whether both are direct rooms of the same two, by their verified roles. */
export function isSamePair(one: RoomRecord, other: RoomRecord): boolean {
  const pairOf = ({ roles }: RoomRecord) => roles.users.map(({ userId }) => userId).sort();
  return (
    one.roles.kind === "direct" &&
    other.roles.kind === "direct" &&
    pairOf(one).join() === pairOf(other).join()
  );
}

/** Whether a device has ended, as far as this one knows; no clock takes that back. */
export type IsEnded = (device: ClientId) => boolean;

/** What the rules of a room look at, as this device has it. @param time of the entry that is judged, else of the newest. */
export const sightOf = (
  room: RoomRecord,
  isEnded: IsEnded,
  time: number = room.lastTime ?? 0,
): RoomSight => ({
  roles: room.roles,
  awaited: awaitedAt(waitedFor(room), { time, hadEnded: (device) => isEnded(device) }),
  present: usersOf(room.devices).filter((userId) => !room.leaving.includes(userId)),
});

/** Whether this user may add and remove others, by the roles that stand. */
export const mayChangeMembers = (room: RoomRecord, self: UserId, isEnded: IsEnded): boolean =>
  may(sightOf(room, isEnded), self, "add-users");

/**
 * The time that an entry is judged by: its own, unless it runs back behind the entries before it by more than servers'
 * clocks are set back. It stands in the running hash, so everybody judges by the same. A time that cannot have come yet is
 * none: one such entry would make everybody's validity run out here, for all that follows.
 * @param latest no entry can be newer, milliseconds.
 */
export function judgedTime(lastTime: number | undefined, time: number, latest: number): number {
  if (time > latest) return lastTime ?? latest;
  return lastTime !== undefined && time < lastTime - limits.maxLogTimeBackMs ? lastTime : time;
}

/**
 * Where something stands in days and lists: by the order of the log, so that no clock, be it a sender's or one that was set
 * back, mixes days or moves a room.
 */
export const placeTime = ({ lastTime = 0 }: RoomRecord, time: number): number => Math.max(lastTime, time);

/**
 * What is known of the senders in a tree that the log has not shown, be it an own commit's or one that this device took its
 * place in by itself: with which entry somebody new came is not known yet, so they have a claim on nothing that is older.
 * @param part what is no longer known of those who were there.
 */
export const sendersIn = (
  { devices, senders }: RoomRecord,
  tree: readonly ClientId[],
  part: Partial<SenderRecord> = {},
): Record<ClientId, SenderRecord> =>
  Object.fromEntries(
    tree.map((device) => [
      device,
      devices.includes(device) ? { ...(senders[device] ?? unknownSender), ...part } : unseenSender,
    ]),
  );

/** Whether two lists hold the same devices, in whatever order. */
export function sameDevices(some: readonly ClientId[], others: readonly ClientId[]): boolean {
  const set = new Set(others);
  return some.length === set.size && some.every((device) => set.has(device));
}

/** Whether anybody beside this device would read what is sealed now. */
export function hasReaders(room: RoomRecord, self: ClientId): boolean {
  const peer = peerOf(room, userOf(self));
  return room.devices.some((device) => (peer === undefined ? device !== self : userOf(device) === peer));
}
