/**
 * After an update of the app: messages that stand as "newer" and are of a kind that is known now are read again, by the
 * same effects as when they come.
 */
import { decodeBody } from "@nimes/protocol/content/content";
import type { Body } from "@nimes/protocol/content/kinds";
import { shapes } from "@nimes/protocol/content/kinds";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { applyAgain } from "../../core/apply-content.ts";
import type { Applied, Knowledge, PlacedMessage } from "../../core/apply-entries.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import type { StoredItem } from "../../core/stored-item.ts";
import { isRow, targetOf } from "../../kinds/kinds.ts";
import type { Store, Write } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";
import { readMessage, recordsOf } from "./room-knowledge.ts";
import type { RoomRecords } from "./room-records.ts";

type Again = PlacedMessage & { body: Body };

/** Looks through the rooms once for each set of kinds. @returns the rooms as they stand then. */
export async function readAgain(self: ClientId, store: Store, rooms: RoomRecords): Promise<RoomRecords> {
  const kinds = Object.keys(shapes).sort();
  const before = await store.get("positions", ["kinds"]);
  if (before?.kinds?.join() === kinds.join()) return rooms;
  try {
    // A new capsule has nothing to read again.
    if (before) for (const { roomId } of rooms.all()) await readRoomAgain({ self, store, rooms }, roomId);
    await store.write([{ put: "positions", key: ["kinds"], record: { sequence: 0, kinds } }], "relaxed");
  } catch (error) {
    // Without space it goes on as it was, and is done at the next opening.
    if (!(error instanceof StoreFull)) throw error;
  }
  return rooms;
}

async function readRoomAgain(
  { self, store, rooms }: { self: ClientId; store: Store; rooms: RoomRecords },
  roomId: RoomId,
): Promise<void> {
  await rooms.update(roomId, async (room) => {
    const rows = await store.list("timeline", { prefix: [roomId] });
    const messages = rows.flatMap(({ key: [, sequence, index], record }) =>
      knownNow(sequence, index, record),
    );
    if (messages.length === 0) return undefined;
    const targets = new Map<string, PlacedMessage>();
    for (const target of messages.map(({ body }) => targetOf(body))) {
      const message = target && (await readMessage(store, roomId, target));
      if (message) targets.set(message.item.messageId, message);
    }
    const applied: Applied = {
      room,
      log: [],
      items: [],
      unseen: [],
      settled: [],
      asks: [],
      epochChanged: false,
    };
    const knowledge: Knowledge = {
      self,
      knownMessage: () => undefined,
      messageAt: (messageId) => targets.get(messageId),
      ownAt: () => undefined,
      hashAt: () => undefined,
      isKnownBytes: () => false,
      isEnded: () => false,
      receivedAt: 0,
      latestTime: 0,
    };
    for (const message of messages) applyAgain(applied, message, { body: message.body, knowledge });
    const gone = messages.filter(({ body }) => !isRow(body));
    return {
      room: withoutRows(applied.room, gone, { self, rows }),
      changes: [
        ...gone.map(({ sequence, index }): Write => ({ delete: "timeline", key: [roomId, sequence, index] })),
        ...recordsOf(roomId, applied),
      ],
      durability: "strict",
    };
  });
}

function knownNow(sequence: number, index: number, item: StoredItem): Again[] {
  if (item.kind !== "message" || item.body.kind !== "newer") return [];
  const read = decodeBody(item.body.bytes);
  return read.ok && read.value.kind !== "newer" ? [{ sequence, index, item, body: read.value }] : [];
}

/** What turns out to be no message of its own is not counted and stands last no more. */
function withoutRows(
  room: RoomRecord,
  gone: readonly Again[],
  {
    self,
    rows,
  }: { self: ClientId; rows: readonly { key: readonly [RoomId, number, number]; record: StoredItem }[] },
): RoomRecord {
  const ids = new Set(gone.map(({ item }) => item.messageId));
  const unread = gone.filter(
    ({ sequence, item }) => sequence > room.readUpTo && userOf(item.sender) !== userOf(self),
  );
  const counted = { ...room, unread: Math.max(0, room.unread - unread.length) };
  if (!room.last || !ids.has(room.last.messageId)) return counted;
  const { last: _, ...rest } = counted;
  const newest = rows.findLast(({ record }) => record.kind === "message" && !ids.has(record.messageId));
  if (newest?.record.kind !== "message") return rest;
  const { messageId, sender, at, body } = newest.record;
  return { ...rest, last: { messageId, sender, at, sequence: newest.key[1], body } };
}
