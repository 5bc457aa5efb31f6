/** Room logs, their members and cursors, and the device inboxes that a commit fills in the same transaction. */
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, DeviceId, RoomId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { AppendRequest } from "../core/append-request.ts";
import type { AppendRefusal } from "../core/append-verdict.ts";

export type AppendOutcome =
  /** `answered`: whose commit a refounding answers. */
  | { outcome: "appended"; entry: FullEntry; welcomed: DeviceId[]; answered?: ClientId }
  | { outcome: "again"; sequence: number; time: number }
  | ({ outcome: "refused" } & Omit<AppendRefusal, "verdict">);

export type RoomGroup = {
  epoch: number;
  groupId: Uint8Array;
  groupInfo: Uint8Array;
  /** All versions of the room's roles, first version first. */
  roles: Signed[];
};

export type Member = {
  deviceId: DeviceId;
  clientId: ClientId;
  /** The entry that brought it in, the first that the device may read. */
  from: number;
  /** Running hash before that entry. */
  previous: Uint8Array;
  /** Last entry that the device may read: its user has left, or it was taken out; undefined while it is a member. */
  until?: number;
  /** Last entry that the device has acknowledged. */
  cursor: number;
  /** Times that it was there before, was taken out of, and may not have read to the end: oldest first. */
  earlier?: readonly EarlierStay[];
};

/** A time in a room: the entry that it began with, the running hash before that, and the last one that may be read. */
export type Stay = Required<Pick<Member, "from" | "previous" | "until">>;
/** Kept as long as the device may not have read it. */
export type EarlierStay = Stay & Pick<Member, "cursor">;

export type RoomLogStore = {
  /**
   * Judges and appends a batch in order, in one transaction that is on the disk when this resolves (P1).
   * @throws Error when the transaction failed; nothing of the batch was taken then.
   */
  append(batch: readonly AppendRequest[]): Promise<AppendOutcome[]>;
  /** Entries behind `after` up to `until`, in order, at most `limit` and about `maxBytes`. */
  read(
    roomId: RoomId,
    stretch: { after: number; until: number; limit: number; maxBytes: number },
  ): Promise<Entry[]>;
  lastSequence(roomId: RoomId): Promise<number>;
  /** Time of the newest entry of all rooms, milliseconds; undefined where there is none. */
  newestTime(): Promise<number | undefined>;
  /** The group that the room is in, as whoever committed last says; undefined before the first commit. */
  group(roomId: RoomId): Promise<RoomGroup | undefined>;
  /** Everybody who is or was in the room and may still fetch something. */
  members(roomId: RoomId): Promise<Member[]>;
  /** Rooms that a device is in, or was in and has not fetched to the end. */
  roomsOf(deviceId: DeviceId): Promise<RoomId[]>;
  /**
   * A device that says it has read up to a place that was lost with a restored backup was in the room then, and may since have
   * been brought in anew: it reads on from the entry that says so. @returns whether it does.
   */
  beginBehindLost(roomId: RoomId, deviceId: DeviceId, cursor: number): Promise<boolean>;
  /**
   * Whoever has read up to a place that was lost with a restored backup reads on from the entry that says so, and nothing of
   * what stands at those places now. @returns the sequence number of that entry; undefined where `cursor` is no such place.
   */
  lostUntil(roomId: RoomId, cursor: number): Promise<number | undefined>;
  /** Moves cursors forward, never back. */
  saveCursors(cursors: readonly { roomId: RoomId; deviceId: DeviceId; sequence: number }[]): Promise<void>;
  /** Whether entries or inbox items wait for this device. */
  hasWaiting(deviceId: DeviceId): Promise<boolean>;
  /** The next items behind `after`, in order: a handful of megabytes, at least one if there is any. */
  inbox(deviceId: DeviceId, after: number): Promise<InboxItem[]>;
  /** @returns whether the inbox ever went so far; nothing is dropped by a position that never was. */
  dropInbox(deviceId: DeviceId, upTo: number): Promise<boolean>;
  /** Drops this one item, where it holds the Welcome with this SHA-256. */
  dropInboxItem(deviceId: DeviceId, item: { sequence: number; welcome: Uint8Array }): Promise<void>;
  /** Drops all that waits: nobody opens this device again. Numbers go on behind it. */
  clearInbox(deviceId: DeviceId): Promise<void>;
  /**
   * Removes the content of application entries that every member has, or that are older than `before` (P7); of the older ones
   * all but place and digest, once the device that sent them has acknowledged them or has ended (P6). At most about
   * `limit` of them, so that nobody waits behind it. @returns how many; 0 when there is nothing more to do.
   */
  expire(before: number, limit: number): Promise<number>;
};
