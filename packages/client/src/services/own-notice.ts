/** Notices that this device puts into a room's timeline by itself: they stand behind the last entry that is applied. */
import type { RoomId } from "@nimes/protocol/ids";
import type { RoomRecord } from "../core/room-record.ts";
import type { StoredNotice } from "../core/stored-item.ts";
import type { Clock } from "../ports/clock.ts";
import type { Changes } from "./changes.ts";
import type { RoomChange, RoomRecords } from "./room-records.ts";

/** Places behind everything that an entry can bring. */
const firstIndex = 900;
const places = 100;

/** The room with a notice behind its last entry, to be written with it. @param at own clock, milliseconds. */
export function withOwnNotice(
  room: RoomRecord,
  { notice, at }: { notice: StoredNotice; at: number },
): RoomChange {
  const told = (room.told ?? 0) + 1;
  return {
    room: { ...room, told },
    changes: [
      {
        put: "timeline",
        key: [room.roomId, room.cursor, firstIndex + (told % places)],
        record: { kind: "notice", at, notice },
      },
    ],
    durability: "strict",
  };
}

/** @param applies whether the room is one that should say it. */
export async function putOwnNotice(
  needs: { records: RoomRecords; changes: Changes; clock: Clock },
  roomId: RoomId,
  { notice, applies = () => true }: { notice: StoredNotice; applies?: (room: RoomRecord) => boolean },
): Promise<void> {
  const at = needs.clock.now();
  const told = await needs.records.update(roomId, (room) =>
    applies(room) ? withOwnNotice(room, { notice, at }) : undefined,
  );
  if (told) needs.changes.tell({ of: "room", roomId });
}
