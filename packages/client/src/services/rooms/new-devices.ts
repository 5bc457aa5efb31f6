/**
 * Something about a person that every room with that person says, loudly: a new device, which has to be added again, or
 * another unit that vouches for the person.
 */
import type { UserId } from "@nimes/protocol/ids";
import { usersOf } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Changes } from "../changes.ts";
import { putOwnNotice } from "./own-notice.ts";
import type { RoomRecords } from "./room-records.ts";

export async function tellAboutPeople(
  needs: { records: RoomRecords; changes: Changes; clock: Clock },
  type: "new-device" | "changed-unit",
  userIds: readonly UserId[],
): Promise<void> {
  for (const { roomId } of needs.records.all())
    for (const person of userIds)
      await putOwnNotice(needs, roomId, {
        notice: { type, person },
        applies: (room) =>
          [...usersOf([...room.devices, ...(room.leftOut ?? [])]), ...(room.gone ?? [])].includes(person),
      });
}
