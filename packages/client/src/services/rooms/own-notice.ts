/** Says something in a room by itself. */
import type { RoomId } from "@nimes/protocol/ids";
import { withOwnNotice } from "../../core/own-notice.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import type { StoredNotice } from "../../core/stored-item.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Changes } from "../changes.ts";
import type { RoomRecords } from "./room-records.ts";

/** @param applies whether the room is one that should say it. */
export async function putOwnNotice(
  needs: { records: RoomRecords; changes: Changes; clock: Clock },
  roomId: RoomId,
  { notice, applies = () => true }: { notice: StoredNotice; applies?: (room: RoomRecord) => boolean },
): Promise<void> {
  const at = needs.clock.now();
  const told = await needs.records.update(roomId, (room) =>
    applies(room) ? { ...withOwnNotice(room, { notice, at }), durability: "strict" } : undefined,
  );
  if (told) needs.changes.tell({ of: "room", roomId });
}
