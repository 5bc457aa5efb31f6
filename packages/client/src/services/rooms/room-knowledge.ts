/** Between the store and the timeline reducer: what it must know beforehand, and what it leaves to be stored. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry } from "@nimes/protocol/entry";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import type { Applied, Judged, Knowledge, KnownMessage, PlacedMessage } from "../../core/apply-entries.ts";
import { ownMessageIndex } from "../../core/apply-entries.ts";
import type { SealedRecord } from "../../core/outbox-record.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { targetOf } from "../../kinds/kinds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store, Write } from "../../ports/store.ts";
import { deleteRecord } from "../delivery/outbox-list.ts";

/** Everything the reducer will ask for, read beforehand. */
export async function gatherKnowledge(
  needs: {
    store: Store;
    clock: Clock;
    latestTime(): number;
    sealedAs(roomId: RoomId, entry: Entry): SealedRecord | undefined;
  } & Pick<Knowledge, "self" | "isEnded">,
  room: RoomRecord,
  judged: readonly Judged[],
): Promise<Knowledge> {
  const { store, self, isEnded, clock } = needs;
  const { roomId } = room;
  const known = new Map<MessageId, KnownMessage>();
  const hashes = new Map<number, Uint8Array>();
  const bytes: Uint8Array[] = [];
  const contents = judged.flatMap(({ outcome }) => (outcome.outcome === "content" ? [outcome.content] : []));
  const own = new Map<number, SealedRecord>();
  for (const { entry, outcome } of judged) {
    const isOwn = outcome.outcome === "own" || outcome.outcome === "expired";
    const record = isOwn ? needs.sealedAs(roomId, entry) : undefined;
    if (record) own.set(entry.sequence, record);
  }
  const targets = new Map<MessageId, PlacedMessage>();
  const bodies = [...contents, ...own.values()].map(({ body }) => body);
  const places = [...new Set(contents.map(({ seen }) => seen.sequence))].filter((at) => at < room.cursor);
  await Promise.all([
    ...contents.map(async ({ messageId }) => {
      const place = await store.get("messages", [roomId, messageId]);
      if (place) known.set(messageId, place);
    }),
    ...bodies.flatMap(targetOf).map(async (messageId) => {
      const message = messageId && (await readMessage(store, roomId, messageId));
      if (message) targets.set(message.item.messageId, message);
    }),
    ...places.map(async (sequence) => {
      const row = await store.get("log", [roomId, sequence]);
      if (row) hashes.set(sequence, row.hash);
    }),
  ]);
  if (judged.some(({ outcome }) => outcome.outcome === "duplicate" || outcome.outcome === "leave"))
    // What stands behind it was taken back.
    for (const { key, record } of await store.list("log", { prefix: [roomId] }))
      if (key[1] <= room.cursor) bytes.push(record.bytesHash);
  return {
    self,
    isEnded,
    receivedAt: clock.now(),
    latestTime: needs.latestTime(),
    messageAt: (messageId) => targets.get(messageId),
    ownAt: ({ sequence }) => own.get(sequence),
    knownMessage: (messageId) => known.get(messageId),
    hashAt: (sequence) => hashes.get(sequence),
    isKnownBytes: (hash) => bytes.some((other) => equalBytes(other, hash)),
  };
}

/** A message by its id; undefined where it has ended, or stands in no row of its own. */
export async function readMessage(
  store: Pick<Store, "get">,
  roomId: RoomId,
  messageId: MessageId,
): Promise<PlacedMessage | undefined> {
  const place = await store.get("messages", [roomId, messageId]);
  const item = place && (await store.get("timeline", [roomId, place.sequence, place.index]));
  if (!place || item?.kind !== "message" || item.messageId !== messageId) return undefined;
  return { sequence: place.sequence, index: place.index, item };
}

export const recordsOf = (roomId: RoomId, applied: Applied): Write[] => [
  ...applied.log.map(
    ({ sequence, hash, bytesHash }): Write => ({
      put: "log",
      key: [roomId, sequence],
      record: { hash, bytesHash },
    }),
  ),
  ...applied.items.flatMap(({ sequence, index, item }): Write[] => [
    { put: "timeline", key: [roomId, sequence, index], record: item },
    ...(item.kind === "message"
      ? [
          {
            put: "messages" as const,
            key: [roomId, item.messageId] as const,
            record: { sequence, index, sender: item.sender },
          },
        ]
      : []),
  ]),
  ...applied.unseen.map(
    ({ messageId, ...place }): Write => ({
      put: "messages",
      key: [roomId, messageId],
      record: { ...place, index: ownMessageIndex, unseen: true },
    }),
  ),
  ...applied.settled.map(deleteRecord),
];
