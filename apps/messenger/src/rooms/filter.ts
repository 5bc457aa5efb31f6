import type { RoomSummary } from "@nimes/client/nimes-client";
import { matches } from "../texts/names.ts";

export const filters = ["all", "unread", "groups"] as const;
export type Filter = (typeof filters)[number];

/**
 * Rooms that a filter and a search leave, in the order they came. The open room stays in "unread" although it has
 * just been read, so that it does not vanish under the finger.
 */
export function filterRooms(
  rooms: readonly RoomSummary[],
  wanted: { filter: Filter; query: string; open?: string | undefined },
): readonly RoomSummary[] {
  return rooms.filter((room) => {
    const passes =
      wanted.filter === "all" ||
      (wanted.filter === "unread" ? room.unread > 0 || room.roomId === wanted.open : room.kind === "group");
    return passes && matches(wanted.query, [room.name, room.unitName ?? ""]);
  });
}

export const countUnreadRooms = (rooms: readonly RoomSummary[]): number =>
  rooms.filter((room) => room.unread > 0).length;
