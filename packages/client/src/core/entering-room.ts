/** A room that this device comes into by a Welcome, as it is stored then. Pure. */
import type { Room, WelcomeOrigin } from "@nimes/e2ee/e2ee";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Write } from "../ports/store.ts";
import { withOwnNotice } from "./own-notice.ts";
import type { RoomRecord } from "./room-record.ts";
import { joinedRoom } from "./room-record.ts";

/** What is known of a Welcome that is sound and does not open. */
export type Welcomed = WelcomeOrigin & { room: Room };

/** A room before this device is in its group. @param changes what is stored with it. */
export type Entering = { room: RoomRecord; changes: readonly Write[] };

/**
 * Whether another room is in a group, or was last: a group has one room, or whoever leads in one would add and take out people in
 * another. Whoever signs a Welcome or a refounding may name any.
 */
export const isOfAnother = (
  rooms: readonly RoomRecord[],
  { roomId, groupId }: Pick<RoomRecord, "roomId" | "groupId">,
): boolean => rooms.some((room) => room.roomId !== roomId && room.groupId === groupId);

/**
 * @param here.known as it was here before: nothing older is joined than what the log has shown of the same group, since the
 *   commit that brings this device in again stands behind that.
 */
export function enteringRoom(
  item: InboxItem,
  { room, author, commit }: Welcomed,
  here: { self: UserId; now: number; known: RoomRecord | undefined },
): Entering {
  const { roomId, roomSequence: sequence, runningHash: hash, roles: signedRoles } = item;
  const { groupId, roles, awaited } = room;
  const { self, now: since, known } = here;
  const epoch = known?.stand.groupId === groupId ? known.stand.epoch + 1 : 0;
  const joined = joinedRoom(
    { roomId, groupId, roles, signedRoles, since, ...(awaited && { awaited }) },
    { sequence, hash, devices: [], commit, epoch },
    known,
  );
  const { room: told, changes } = withLostPlaces(joined, known, since);
  return {
    room: { ...told, trouble: { kind: "stranded", since } },
    changes: [...entranceRecords(item, { author, commit, self, at: since }), ...changes],
  };
}

/**
 * What this device missed when it was in the room before is lost when it is added again, and that is said: nobody seals again
 * for anybody what is older than their coming. @param at own clock, milliseconds.
 */
export function withLostPlaces(
  joined: RoomRecord,
  known: RoomRecord | undefined,
  at: number,
): { room: RoomRecord; changes: Write[] } {
  const count = (known?.missing.length ?? 0) + (known?.asked?.places.length ?? 0);
  return count > 0
    ? withOwnNotice(joined, { notice: { type: "loss", count }, at })
    : { room: joined, changes: [] };
}

type By = { author: ClientId; commit: Uint8Array; self: UserId; at: number };

/** The hash that the first message will confirm or deny, and who brought this device in. */
export const entranceRecords = (item: InboxItem, { author, commit, self, at }: By): Write[] => [
  {
    put: "log",
    key: [item.roomId, item.roomSequence],
    record: { hash: item.runningHash, bytesHash: commit },
  },
  {
    put: "timeline",
    key: [item.roomId, item.roomSequence, 1],
    record: { kind: "notice", at, notice: { type: "added", by: userOf(author), people: [self] } },
  },
];
