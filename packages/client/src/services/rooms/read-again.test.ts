import { encodeCbor } from "@nimes/protocol/cbor";
import type { MessageId } from "@nimes/protocol/ids";
import { anna, bernd, clara, room, roomId } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import type { StoredBody, StoredMessage } from "../../core/stored-item.ts";
import type { Write } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";
import { readAgain } from "./read-again.ts";
import { loadRoomRecords } from "./room-records.ts";

const idOf = (sequence: number): MessageId => String(sequence).padStart(32, "0") as MessageId;
const message = (sequence: number, sender = bernd, body: StoredBody = { kind: "text", text: "Lage" }) => ({
  kind: "message" as const,
  messageId: idOf(sequence),
  sender,
  at: sequence,
  sentAt: sequence,
  body,
});
/** As an app stored it that did not know the kind. */
const unknown = (body: object): StoredBody => ({ kind: "newer", bytes: encodeCbor(body) });
const reactionTo = (sequence: number, emoji: string): StoredBody =>
  unknown({ kind: "reaction", to: idOf(sequence), emoji });

/** The capsule of an app that knew so many kinds. */
async function scene(messages: readonly StoredMessage[], part: Partial<RoomRecord>, kinds: string[]) {
  const keys = await deriveCapsuleKeys(randomSecret());
  const storage = createMemoryStorage();
  await storage.write([await firstSnapshot(keys)], "strict");
  const store = await openSealedStore(storage, keys);
  await store.write(
    [
      { put: "rooms", key: [roomId], record: room({ cursor: 9, ...part }) },
      { put: "positions", key: ["kinds"], record: { sequence: 0, kinds } },
      ...messages.flatMap((record): Write[] => {
        const place = { sequence: record.sentAt, index: 1, sender: record.sender };
        return [
          { put: "timeline", key: [roomId, place.sequence, place.index], record },
          { put: "messages", key: [roomId, record.messageId], record: place },
        ];
      }),
    ],
    "strict",
  );
  return { store };
}

/** What stands there once this app has opened it. */
async function updated(messages: readonly StoredMessage[], part: Partial<RoomRecord>, kinds = ["text"]) {
  const { store } = await scene(messages, part, kinds);
  const rooms = await readAgain(anna, store, await loadRoomRecords(store));
  const rows = await store.list("timeline", { prefix: [roomId] });
  return {
    room: rooms.get(roomId),
    rows: rows.map(({ key: [, sequence], record }) => ({ sequence, record })),
  };
}
const last = (sequence: number, body: StoredBody) => ({
  messageId: idOf(sequence),
  sender: bernd,
  at: sequence,
  sequence,
  body,
});

test("what stood as newer does what it does as soon as the app knows its kind, where it stands", async () => {
  const reaction = reactionTo(2, "👍");
  const { room: after, rows } = await updated(
    [
      message(2),
      message(3, clara, reaction),
      message(4, bernd, unknown({ kind: "text", text: "von einer neueren App" })),
      message(5, bernd, unknown({ kind: "poll" })),
    ],
    { readUpTo: 2, unread: 3, last: last(5, unknown({ kind: "poll" })) },
  );
  expect(rows).toMatchObject([
    { sequence: 2, record: { marks: { reaction: [[clara.slice(0, 36), "👍"]] } } },
    { sequence: 4, record: { body: { kind: "text", text: "von einer neueren App" } } },
    { sequence: 5, record: { body: { kind: "newer" } } },
  ]);
  expect(after).toMatchObject({ unread: 2, last: { sequence: 5 } });
});

test("what turns out to stand on another message is last in the list no more", async () => {
  const reaction = reactionTo(2, "👍");
  const { room: after, rows } = await updated([message(2), message(3, clara, reaction)], {
    readUpTo: 0,
    unread: 2,
    last: last(3, reaction),
  });
  expect(rows).toHaveLength(1);
  expect(after).toMatchObject({ unread: 1, last: { sequence: 2, body: { kind: "text" } } });
});

test("a reaction to what has ended, or to what comes behind it, only goes", async () => {
  const { rows } = await updated(
    [message(3, clara, reactionTo(1, "👍")), message(4, clara, reactionTo(6, "👍")), message(6)],
    {},
  );
  expect(rows.map(({ sequence }) => sequence)).toEqual([6]);
  expect(rows[0]?.record).not.toHaveProperty("marks");
});

test("an update on a full disk opens all the same, and is done later", async () => {
  const { store } = await scene([message(2), message(3, clara, reactionTo(2, "👍"))], {}, ["text"]);
  const full = { ...store, write: () => Promise.reject(new StoreFull()) };
  const rooms = await readAgain(anna, full, await loadRoomRecords(full));
  expect(rooms.get(roomId)).toBeDefined();
  expect(await store.list("timeline", { prefix: [roomId] })).toHaveLength(2);
  await readAgain(anna, store, await loadRoomRecords(store));
  expect(await store.list("timeline", { prefix: [roomId] })).toHaveLength(1);
});

test("an app that knows no more than before looks through nothing", async () => {
  const kinds = ["ask-again", "picture", "reaction", "room-profile", "text"];
  const { rows } = await updated([message(2), message(3, clara, reactionTo(2, "👍"))], {}, kinds);
  expect(rows).toHaveLength(2);
});
