import type { RoomSummary } from "@nimes/client/nimes-client";
import { matches } from "../texts/names.ts";

export const filters = ["all", "unread", "groups", "channels"] as const;
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
    const passes = isIn(room, wanted.filter) || (wanted.filter === "unread" && room.roomId === wanted.open);
    return passes && matches(wanted.query, [room.name, room.unitName ?? ""]);
  });
}

function isIn(room: RoomSummary, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "unread":
      return room.unread > 0;
    case "groups":
      return room.kind === "group";
    case "channels":
      return room.kind === "channel";
    default:
      return filter satisfies never;
  }
}

export const countUnreadRooms = (rooms: readonly RoomSummary[]): number =>
  rooms.filter((room) => room.unread > 0).length;
