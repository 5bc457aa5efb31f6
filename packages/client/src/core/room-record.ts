/** What a device knows of a room. */
import type { VerifiedRoles } from "@nimes/e2ee/gate/verified-roles";
import { initialRunningHash } from "@nimes/protocol/entry";
import type { ClientId, MessageId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { SenderRecord } from "./sender-check.ts";
import type { StoredBody } from "./stored-item.ts";

/** How this device stands to the room. */
export type Standing =
  /** Founded here; the server has not answered yet. */
  | { state: "founding"; submissionId: SubmissionId }
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

/** An own entry that the server has accepted and not yet shown in the log. */
export type PromisedEntry = { sequence: number; digest: Uint8Array };

export type RoomRecord = {
  roomId: RoomId;
  roles: VerifiedRoles;
  /** The signed chain, for founding. */
  signedRoles: Signed[];
  standing: Standing;
  /** Name of a group, as its last profile said; empty until one has come. */
  name: string;
  /** Last entry that is applied, and the running hash behind it. */
  cursor: number;
  hash: Uint8Array;
  /** Leaves after the last applied commit. */
  devices: ClientId[];
  /** What is known of each sending device (P4). */
  senders: Record<ClientId, SenderRecord>;
  /** Highest counter of this device's messages that the server has accepted here. */
  ownCounter: number;
  promised: PromisedEntry[];
  /** To be added as soon as they can be; only where this device may. */
  pending: UserId[];
  removing: UserId[];
  /** Their device had ended and was taken out: they come back with the new one as soon as somebody adds them. */
  gone?: UserId[];
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
  told?: number;
  last?: LastMessage;
  /** Own clock, milliseconds: where a room without messages stands in the list. */
  since: number;
};

type Start = Pick<RoomRecord, "roomId" | "roles" | "signedRoles" | "standing" | "since">;

const untouched = {
  promised: [],
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
    cursor: 0,
    hash: initialRunningHash(room.roomId),
    devices: [self],
    introduced: false,
  };
};

/** Where a device enters the log: the entry that added it. */
export type Entrance = { sequence: number; hash: Uint8Array; devices: ClientId[] };

/**
 * A room that this device was added to, perhaps again. Counters start anew with the leaf; the devices that were there
 * before have counters nobody here knows yet.
 */
export function joinedRoom(
  start: Omit<Start, "standing">,
  entrance: Entrance,
  known: RoomRecord | undefined,
): RoomRecord {
  return {
    ...untouched,
    ...(known ?? { name: "", pending: [] as UserId[] }),
    ...start,
    since: known?.since ?? start.since,
    standing: { state: "member" },
    cursor: entrance.sequence,
    hash: entrance.hash,
    devices: entrance.devices,
    senders: {},
    ownCounter: 0,
    promised: [],
    introduced: true,
    readUpTo: Math.max(known?.readUpTo ?? 0, entrance.sequence),
    delivered: Math.max(known?.delivered ?? 0, entrance.sequence),
  };
}

/** The users behind a list of devices, each once. */
export const usersOf = (devices: readonly ClientId[]): UserId[] => [...new Set(devices.map(userOf))];

/** In a direct room, the other one. */
export const peerOf = (room: RoomRecord, self: UserId): UserId | undefined =>
  room.roles.kind === "direct" ? room.roles.users.find(({ userId }) => userId !== self)?.userId : undefined;

/** Whether this user may add and remove others, by the roles that stand. */
export const mayChangeMembers = (room: RoomRecord, self: UserId): boolean =>
  room.roles.users.some(({ userId, role }) => userId === self && role !== "member");

/** Whether anybody beside this device would read what is sealed now. */
export function hasReaders(room: RoomRecord, self: ClientId): boolean {
  const peer = peerOf(room, userOf(self));
  return room.devices.some((device) => (peer === undefined ? device !== self : userOf(device) === peer));
}
