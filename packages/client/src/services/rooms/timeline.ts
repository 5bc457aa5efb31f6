/** Pages of a room's timeline: what stands in the log, then what is on its way. */
import type { Body } from "@nimes/protocol/content/kinds";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { OutboxRecord } from "../../core/outbox-record.ts";
import { isShown } from "../../core/outbox-record.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import type { StoredItem } from "../../core/stored-item.ts";
import {
  messageItem,
  type Names,
  newerItem,
  noticeItem,
  outboxItem,
  placeOfNotice,
} from "../../core/view.ts";
import { marked, targetOf } from "../../kinds/kinds.ts";
import type { TimelineItem, TimelinePage } from "../../nimes-client.ts";
import type { Key, Row, Store } from "../../ports/store.ts";
import type { Outbox } from "../delivery/outbox.ts";

type Needs = { store: Store; outbox: Outbox; names: Names };

export async function readTimeline(
  needs: Needs,
  room: RoomRecord,
  page: { before?: string; limit: number },
): Promise<TimelinePage> {
  const { store, outbox, names } = needs;
  const { roomId } = room;
  const waiting = outbox.records(roomId).filter(isShown);
  const from = page.before === undefined ? undefined : await placeOf(store, roomId, page.before);
  const beforeWaiting = waiting.findIndex(({ messageId }) => messageId === page.before);
  const shownWaiting =
    page.before === undefined ? waiting : beforeWaiting >= 0 ? waiting.slice(0, beforeWaiting) : [];

  const rows = await store.list("timeline", {
    prefix: [roomId],
    ...(from && { before: from }),
    // One more than asked for tells whether there are older ones.
    limit: page.limit + 1,
    newestFirst: true,
  });
  const hasOlder = rows.length > page.limit;
  const placed = rows.slice(0, page.limit).reverse();
  // One that was accepted while the log was read stands in both.
  const inLog = new Set(
    placed.map(({ record }) => (record.kind === "message" ? record.messageId : undefined)),
  );
  const firstUnread = await findFirstUnread(store, room, names);
  const ownMarks = marksUnderWay(outbox.records(roomId));
  return {
    items: [
      ...placed.map((row) => itemOf(names, room, withMarks(row, names, ownMarks))),
      ...shownWaiting
        .filter(({ messageId }) => !inLog.has(messageId))
        .map((record) => outboxItem(names, room, record)),
    ],
    hasOlder,
    ...(firstUnread && { firstUnread }),
  };
}

/** What this person has put on messages of the room, and nobody else knows yet. */
const marksUnderWay = (records: readonly OutboxRecord[]): Map<MessageId | undefined, Body[]> =>
  Map.groupBy(
    records.filter(({ stage }) => stage.at !== "wedged").map(({ body }) => body),
    targetOf,
  );

function withMarks(
  row: Row<"timeline">,
  { self }: Names,
  ownMarks: ReadonlyMap<MessageId | undefined, Body[]>,
): Row<"timeline"> {
  const { record } = row;
  const bodies = record.kind === "message" ? ownMarks.get(record.messageId) : undefined;
  if (record.kind !== "message" || !bodies) return row;
  const marks = bodies.reduce((before, body) => marked(before, userOf(self), body), record.marks ?? {});
  return { ...row, record: { ...record, marks } };
}

/** Where an item stands; undefined for one that is on its way and has no place yet. */
async function placeOf(store: Store, roomId: RoomId, id: string): Promise<Key | undefined> {
  const place = placeOfNotice(id) ?? (await store.get("messages", [roomId, id as MessageId]));
  return place && [roomId, place.sequence, place.index];
}

/** One record that cannot be told must not take the others of its page with it. */
function itemOf(names: Names, room: RoomRecord, { key, record }: Row<"timeline">): TimelineItem {
  const [, sequence, index] = key;
  try {
    switch (record.kind) {
      case "message":
        return messageItem(names, room, { sequence, item: record });
      case "notice":
        return noticeItem(names, { sequence, index, at: record.at, notice: record.notice });
      default:
        record satisfies never;
    }
  } catch {
    // A field that this app relies on is missing or of another kind.
  }
  return newerItem({ sequence, index, at: room.since });
}

/** A message of somebody else: what this person has written on another device is no news. */
const isOthers = (record: StoredItem, { self }: Names): boolean =>
  record.kind === "message" && userOf(record.sender) !== userOf(self);

async function findFirstUnread(store: Store, room: RoomRecord, names: Names): Promise<MessageId | undefined> {
  if (room.unread === 0) return undefined;
  const rows = await store.list("timeline", {
    prefix: [room.roomId],
    after: [room.roomId, room.readUpTo, Number.MAX_SAFE_INTEGER],
    limit: 100,
  });
  const first = rows.find(({ record }) => isOthers(record, names));
  return first?.record.kind === "message" ? first.record.messageId : undefined;
}

/** Messages of others behind a place. */
export async function countUnread(
  needs: { store: Store; names: Names },
  roomId: RoomId,
  readUpTo: number,
): Promise<number> {
  const rows = await needs.store.list("timeline", {
    prefix: [roomId],
    after: [roomId, readUpTo, Number.MAX_SAFE_INTEGER],
  });
  return rows.filter(({ record }) => isOthers(record, needs.names)).length;
}
