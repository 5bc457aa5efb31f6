/**
 * Where the user is, as a stack: the last place is on top, "back" takes it away. Kept in memory only, because an
 * address with room ids would stay in the browser's history.
 */
import type { MessageId, RoomId, UserId } from "@nimes/protocol/ids";

export type Place =
  | { at: "rooms" }
  | { at: "new-chat" }
  | { at: "new-group"; userIds: UserId[] }
  | { at: "settings" }
  | { at: "change-pin" }
  | { at: "rules" }
  | { at: "agreement" }
  | { at: "diagnosis" }
  | { at: "licences" }
  | { at: "room"; roomId: RoomId }
  | { at: "room-info"; roomId: RoomId }
  | { at: "add-people"; roomId: RoomId }
  | { at: "picture"; roomId: RoomId; messageId: MessageId };

/** Never empty; the first is always the rooms list. */
export type Stack = readonly [Place, ...Place[]];

export const start: Stack = [{ at: "rooms" }];

export const topOf = (stack: Stack): Place => stack[stack.length - 1] ?? stack[0];

/** Opens a place above the present one; places of the same kind do not pile up. */
export function openPlace(stack: Stack, place: Place): Stack {
  if (place.at === "room") return [stack[0], place];
  const same = stack.findIndex((other) => other.at === place.at);
  return same > 0 ? [stack[0], ...stack.slice(1, same), place] : [...stack, place];
}

/** What is left when the stack goes back to the given depth; depth 0 is the rooms list alone. */
export const backTo = (stack: Stack, depth: number): Stack => [stack[0], ...stack.slice(1, depth + 1)];

/** Places that do not stand in the left pane. */
type Covering = Extract<Place, { at: "room" | "room-info" | "add-people" | "picture" }>;

export type Layout = {
  /** Left pane on a desktop, bottom layer on a phone. */
  list: Exclude<Place, Covering>;
  main?: Extract<Covering, { at: "room" }>;
  side?: Extract<Covering, { at: "room-info" | "add-people" }>;
  overlay?: Extract<Covering, { at: "picture" }>;
};

/** Which place fills which pane. */
export function layoutOf(stack: Stack): Layout {
  const layout: Layout = { list: { at: "rooms" } };
  for (const place of stack) {
    switch (place.at) {
      case "room":
        layout.main = place;
        break;
      case "room-info":
      case "add-people":
        layout.side = place;
        break;
      case "picture":
        layout.overlay = place;
        break;
      default:
        layout.list = place;
    }
  }
  return layout;
}

/** On a phone only one layer can be seen: that of the place on top. */
export function layerOf(place: Place): keyof Layout {
  switch (place.at) {
    case "room":
      return "main";
    case "room-info":
    case "add-people":
      return "side";
    case "picture":
      return "overlay";
    default:
      return "list";
  }
}
