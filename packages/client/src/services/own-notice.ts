/** Notices that this device puts into a room's timeline by itself: they stand behind the last entry that is applied. */
import type { RoomId } from "@nimes/protocol/ids";
import type { RoomRecord } from "../core/room-record.ts";
import type { StoredNotice } from "../core/stored-item.ts";
import type { Clock } from "../ports/clock.ts";
import type { Changes } from "./changes.ts";
import type { RoomRecords } from "./room-records.ts";

/** Places behind everything that an entry can bring. */
const firstIndex = 900;
const places = 100;

/** @param applies whether the room is one that should say it. */
export async function putOwnNotice(
  needs: { records: RoomRecords; changes: Changes; clock: Clock },
  roomId: RoomId,
  { notice, applies = () => true }: { notice: StoredNotice; applies?: (room: RoomRecord) => boolean },
): Promise<void> {
  const told = await needs.records.update(roomId, (room) => {
    if (!applies(room)) return undefined;
    const told = (room.told ?? 0) + 1;
    return {
      room: { ...room, told },
      changes: [
        {
          put: "timeline",
          key: [roomId, room.cursor, firstIndex + (told % places)],
          record: { kind: "notice", at: needs.clock.now(), notice },
        },
      ],
      durability: "strict",
    };
  });
  if (told) needs.changes.tell({ of: "room", roomId });
}
