/** Turns the items of a room into the rows of its list: days, the unread divider, notices, grouped messages. */
import type { MessageItem, NoticeItem, TimelineItem } from "@nimes/client/nimes-client";
import type { MessageId } from "@nimes/protocol/ids";
import type { RoomKind } from "@nimes/protocol/signed/room-roles";
import { isSameDay } from "../texts/times.ts";

export type Row =
  | { row: "day"; key: string; at: number }
  | { row: "unread"; key: "unread"; count: number }
  | { row: "notice"; key: string; item: NoticeItem }
  | {
      row: "message";
      key: string;
      item: MessageItem;
      /** First of a group of one sender: shows the name. */
      first: boolean;
      /** Last of a group: the bubble has its corner. */
      last: boolean;
    };

/** Messages of one sender within this time stand together. */
const groupMs = 5 * 60_000;

export const keyOf = (item: TimelineItem): string => (item.kind === "message" ? item.messageId : item.id);

/**
 * @param all oldest first.
 * @param room where they stand: in a direct room nobody needs to be told that the other one was added.
 */
export function rowsOf(
  all: readonly TimelineItem[],
  firstUnread: MessageId | undefined,
  room: RoomKind = "group",
): Row[] {
  const items = room === "direct" ? all.filter((item) => !isAdding(item)) : all;
  const rows: Row[] = [];
  let before: TimelineItem | undefined;
  items.forEach((item, index) => {
    const { at } = item;
    const newDay = !before || !isSameDay(before.at, at);
    if (newDay) rows.push({ row: "day", key: `day-${keyOf(item)}`, at });
    const unreadStarts = item.kind === "message" && item.messageId === firstUnread;
    if (unreadStarts) rows.push({ row: "unread", key: "unread", count: countUnread(items, index) });

    if (item.kind === "notice") rows.push({ row: "notice", key: item.id, item });
    else {
      const first = newDay || unreadStarts || !inOneGroup(before, item);
      const previous = rows[rows.length - 1];
      if (!first && previous?.row === "message") rows[rows.length - 1] = { ...previous, last: false };
      rows.push({ row: "message", key: item.messageId, item, first, last: true });
    }
    before = item;
  });
  return rows;
}

const isAdding = (item: TimelineItem): boolean => item.kind === "notice" && item.notice.type === "added";

/** Messages of others from the first unread one on. */
const countUnread = (items: readonly TimelineItem[], from: number): number =>
  items.slice(from).filter((item) => item.kind === "message" && !item.own).length;

const inOneGroup = (before: TimelineItem | undefined, item: MessageItem): boolean =>
  before?.kind === "message" &&
  before.own === item.own &&
  before.sender.userId === item.sender.userId &&
  Math.abs(item.at - before.at) < groupMs;
