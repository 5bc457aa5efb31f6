import { firstGroupOf } from "@nimes/protocol/ids";
import type { GivenRoom, Room } from "../e2ee.ts";

/** A room as it was given, with what goes without saying for one that never had another group than its first. */
export const completeRoom = (room: GivenRoom): Room => ({
  ...room,
  groupId: room.groupId ?? firstGroupOf(room.roomId),
  leaving: room.leaving ?? [],
});
