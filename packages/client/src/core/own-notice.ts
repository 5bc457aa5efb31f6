/** Notices that this device puts into a room's timeline by itself: they stand behind the last entry that is applied. Pure. */
import type { Write } from "../ports/store.ts";
import type { RoomRecord } from "./room-record.ts";
import { placeTime } from "./room-record.ts";
import type { StoredNotice } from "./stored-item.ts";

/** Places behind everything that an entry can bring. */
const firstIndex = 900;
const places = 100;

/** The room with a notice, to be written with it. @param at own clock, milliseconds. */
export function withOwnNotice(
  room: RoomRecord,
  { notice, at }: { notice: StoredNotice; at: number },
): { room: RoomRecord; changes: Write[] } {
  const ownNotices = (room.ownNotices ?? 0) + 1;
  return {
    room: { ...room, ownNotices },
    changes: [
      {
        put: "timeline",
        key: [room.roomId, room.cursor, firstIndex + (ownNotices % places)],
        record: { kind: "notice", at: placeTime(room, at), notice },
      },
    ],
  };
}
