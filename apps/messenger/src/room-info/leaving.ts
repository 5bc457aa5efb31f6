/** Leaving a room, and who leads it afterwards. */
import type { NimesClient, RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";

/** Whom the last owner may hand the lead to; nobody where others lead the room, too, or nobody else is in it. */
export const heirsOf = (room: RoomDetail): RoomMember[] =>
  room.isLastOwner ? room.members.filter(({ grantable }) => grantable.includes("owner")) : [];

/**
 * Leaves, after the lead has been handed over where somebody was chosen who would not follow by the rule.
 * @returns why not; handed over, it stays so, and the next try goes on from there.
 */
export async function leave(
  client: Pick<NimesClient, "setRole" | "leaveRoom">,
  room: Pick<RoomDetail, "roomId" | "successor">,
  heir: UserId | undefined,
): Promise<Result<void>> {
  if (heir !== undefined && heir !== room.successor) {
    const given = await client.setRole(room.roomId, heir, "owner");
    if (!given.ok) return given;
  }
  return client.leaveRoom(room.roomId);
}
