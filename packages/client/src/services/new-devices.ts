/** Somebody has a new device: every room with that person says so, and that it has to be added again. */
import type { UserId } from "@nimes/protocol/ids";
import { usersOf } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Changes } from "./changes.ts";
import type { RoomRecords } from "./room-records.ts";

/** Places behind everything that an entry can bring; a notice of this device alone stands behind the last entry. */
const firstIndex = 900;
const places = 100;

export async function tellNewDevices(
  needs: { records: RoomRecords; changes: Changes; clock: Clock },
  userIds: readonly UserId[],
): Promise<void> {
  const { records, changes, clock } = needs;
  for (const { roomId } of records.all())
    for (const person of userIds) {
      const told = await records.update(roomId, (room) => {
        if (![...usersOf(room.devices), ...(room.gone ?? [])].includes(person)) return undefined;
        const told = (room.told ?? 0) + 1;
        return {
          room: { ...room, told },
          changes: [
            {
              put: "timeline",
              key: [roomId, room.cursor, firstIndex + (told % places)],
              record: { kind: "notice", at: clock.now(), notice: { type: "new-device", person } },
            },
          ],
          durability: "strict",
        };
      });
      if (told) changes.tell({ of: "room", roomId });
    }
}
