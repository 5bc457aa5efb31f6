/** Room logs, their members and cursors, and the device inboxes that a commit fills in the same transaction. */
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, DeviceId, RoomId } from "@nimes/protocol/ids";
import type { AppendRefusal, AppendRequest } from "../core/append.ts";

export type AppendOutcome =
  | { outcome: "appended"; entry: FullEntry; welcomed: DeviceId[] }
  | { outcome: "again"; sequence: number; time: number }
  | ({ outcome: "refused" } & Omit<AppendRefusal, "verdict">);

export type Member = {
  deviceId: DeviceId;
  clientId: ClientId;
  /** Last entry that the device may not read: it begins behind it. */
  from: number;
  /** Last entry that the device may read; undefined while it is a member. */
  until?: number;
  /** Last entry that the device has acknowledged. */
  cursor: number;
};

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
  /** Everybody who is or was in the room and may still fetch something. */
  members(roomId: RoomId): Promise<Member[]>;
  /** Rooms that a device is in, or was in and has not fetched to the end. */
  roomsOf(deviceId: DeviceId): Promise<RoomId[]>;
  /** Moves cursors forward, never back. */
  saveCursors(cursors: readonly { roomId: RoomId; deviceId: DeviceId; sequence: number }[]): Promise<void>;
  /** Whether entries or inbox items wait for this device. */
  hasWaiting(deviceId: DeviceId): Promise<boolean>;
  /** The next items behind `after`, in order: a handful of megabytes, at least one if there is any. */
  inbox(deviceId: DeviceId, after: number): Promise<InboxItem[]>;
  dropInbox(deviceId: DeviceId, upTo: number): Promise<void>;
  /**
   * Removes the content of application entries that every member has, or that are older than `before` (P7). At most about
   * `limit` of them, so that nobody waits behind it. @returns how many; 0 when there is nothing more to do.
   */
  expire(before: number, limit: number): Promise<number>;
};
