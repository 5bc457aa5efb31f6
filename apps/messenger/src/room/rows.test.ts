import type { MessageItem, NoticeItem } from "@nimes/client/nimes-client";
import type { MessageId, UserId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { rowsOf } from "./rows.ts";

const noon = new Date(2026, 10, 25, 12).getTime();
const minute = 60_000;

const message = (id: string, sender: string, minutes: number): MessageItem => ({
  kind: "message",
  messageId: id as MessageId,
  sender: { userId: sender as UserId, displayName: sender },
  own: sender === "me",
  at: noon + minutes * minute,
  body: { kind: "text", text: id },
});
const notice = (id: string, minutes: number): NoticeItem => ({
  kind: "notice",
  id,
  at: noon + minutes * minute,
  notice: { type: "founded", by: "anna" },
});
const shape = (items: (MessageItem | NoticeItem)[], firstUnread?: string) =>
  rowsOf(items, firstUnread as MessageId | undefined).map((row) =>
    row.row === "message" ? `${row.key}${row.first ? "<" : ""}${row.last ? ">" : ""}` : row.row,
  );

test("messages of one sender within five minutes stand together", () => {
  expect(shape([message("a", "anna", 0), message("b", "anna", 2), message("c", "anna", 4)])).toEqual([
    "day",
    "a<",
    "b",
    "c>",
  ]);
});

test("another sender, a pause, or a notice begins a new group", () => {
  expect(
    shape([
      message("a", "anna", 0),
      message("b", "ben", 1),
      message("c", "ben", 8),
      notice("n", 9),
      message("d", "ben", 9),
    ]),
  ).toEqual(["day", "a<>", "b<>", "c<>", "notice", "d<>"]);
});

test("the divider stands before the first unread message and counts those of others", () => {
  const items = [
    message("a", "anna", 0),
    message("b", "anna", 1),
    message("c", "me", 2),
    notice("n", 3),
    message("d", "anna", 3),
  ];
  const rows = rowsOf(items, "b" as MessageId);
  expect(rows.map((row) => row.row)).toEqual([
    "day",
    "message",
    "unread",
    "message",
    "message",
    "notice",
    "message",
  ]);
  expect(rows[2]).toMatchObject({ row: "unread", count: 2 });
});

test("each day has its heading, also for a notice", () => {
  expect(shape([notice("n", -24 * 60), message("a", "anna", 0)])).toEqual(["day", "notice", "day", "a<>"]);
});

test("two people with the same name do not share a group", () => {
  const twin = { ...message("b", "anna", 1), sender: { userId: "other" as UserId, displayName: "anna" } };
  expect(shape([message("a", "anna", 0), twin])).toEqual(["day", "a<>", "b<>"]);
});

test("that the other one was added is told in a group, not in a direct room", () => {
  const added: NoticeItem = { ...notice("n", 0), notice: { type: "added", by: "anna", people: ["ben"] } };
  const rows = (kind: "direct" | "group") => rowsOf([added, message("a", "anna", 1)], undefined, kind);
  expect(rows("direct").map((row) => row.row)).toEqual(["day", "message"]);
  expect(rows("group").map((row) => row.row)).toEqual(["day", "notice", "message"]);
});
