import type { RoomSummary } from "@nimes/client/nimes-client";
import type { RoomId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { countUnreadRooms, filterRooms } from "./filter.ts";

const room = (id: string, more: Partial<RoomSummary>): RoomSummary => ({
  roomId: id as RoomId,
  kind: "direct",
  name: id,
  unread: 0,
  draft: "",
  people: 2,
  readers: 2,
  devices: 2,
  writable: true,
  present: true,
  ...more,
});
const rooms = [
  room("anna", { unread: 2, unitName: "PI Celle" }),
  room("gruppe", { kind: "group" }),
  room("ben", {}),
  room("kanal", { kind: "channel" }),
];
const names = (wanted: Parameters<typeof filterRooms>[1]) =>
  filterRooms(rooms, wanted).map((each) => each.name);

test("each filter leaves its rooms, in their order", () => {
  expect(names({ filter: "all", query: "" })).toEqual(["anna", "gruppe", "ben", "kanal"]);
  expect(names({ filter: "unread", query: "" })).toEqual(["anna"]);
  expect(names({ filter: "groups", query: "" })).toEqual(["gruppe"]);
  expect(names({ filter: "channels", query: "" })).toEqual(["kanal"]);
});

test("the open room does not vanish from the unread ones because it has been read", () => {
  expect(names({ filter: "unread", query: "", open: "ben" })).toEqual(["anna", "ben"]);
});

test("a search looks at the name and the unit, within the filter", () => {
  expect(names({ filter: "all", query: "celle" })).toEqual(["anna"]);
  expect(names({ filter: "groups", query: "celle" })).toEqual([]);
});

test("rooms are counted, not messages", () => {
  expect(countUnreadRooms(rooms)).toBe(1);
});
