/** Says who was in a room and is not in its new group yet; they are added as soon as somebody can. */
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { leftOutOf } from "../../core/move-room.ts";
import type { StoredNotice } from "../../core/stored-item.ts";
import type { RoomRecords } from "./room-records.ts";

export async function tellLeftOut(
  needs: {
    rooms: RoomRecords;
    isEnded(device: ClientId): boolean;
    tell(roomId: RoomId, notice: StoredNotice): Promise<void>;
  },
  roomId: RoomId,
): Promise<void> {
  const people = leftOutOf(needs.rooms.get(roomId) ?? {}, needs.isEnded);
  if (people.length > 0) await needs.tell(roomId, { type: "left-out", people });
}
