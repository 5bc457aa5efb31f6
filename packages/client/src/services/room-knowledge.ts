/** Between the store and the timeline reducer: what it must know beforehand, and what it leaves to be stored. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import type { Applied, Judged, Knowledge } from "../core/apply-entries.ts";
import type { RoomRecord } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Change, Store } from "../ports/store.ts";

/** Everything the reducer will ask for, read beforehand. */
export async function gatherKnowledge(
  needs: { store: Store; clock: Clock; latestTime(): number } & Pick<Knowledge, "self" | "isEnded">,
  room: RoomRecord,
  judged: readonly Judged[],
): Promise<Knowledge> {
  const { store, self, isEnded, clock } = needs;
  const { roomId } = room;
  const known = new Set<MessageId>();
  const hashes = new Map<number, Uint8Array>();
  const bytes: Uint8Array[] = [];
  const contents = judged.flatMap(({ outcome }) => (outcome.outcome === "content" ? [outcome.content] : []));
  const places = [...new Set(contents.map(({ seen }) => seen.sequence))].filter((at) => at < room.cursor);
  await Promise.all([
    ...contents.map(async ({ messageId }) => {
      if (await store.get("messages", [roomId, messageId])) known.add(messageId);
    }),
    ...places.map(async (sequence) => {
      const row = await store.get("log", [roomId, sequence]);
      if (row) hashes.set(sequence, row.hash);
    }),
  ]);
  if (judged.some(({ outcome }) => outcome.outcome === "duplicate"))
    for (const { record } of await store.list("log", { prefix: [roomId] })) bytes.push(record.bytesHash);
  return {
    self,
    isEnded,
    receivedAt: clock.now(),
    latestTime: needs.latestTime(),
    isKnownMessage: (messageId) => known.has(messageId),
    hashAt: (sequence) => hashes.get(sequence),
    isKnownBytes: (hash) => bytes.some((other) => equalBytes(other, hash)),
  };
}

export const recordsOf = (roomId: RoomId, applied: Applied): Change[] => [
  ...applied.log.map(
    ({ sequence, hash, bytesHash }): Change => ({
      put: "log",
      key: [roomId, sequence],
      record: { hash, bytesHash },
    }),
  ),
  ...applied.items.flatMap(({ sequence, index, item }): Change[] => [
    { put: "timeline", key: [roomId, sequence, index], record: item },
    ...(item.kind === "message"
      ? [{ put: "messages" as const, key: [roomId, item.messageId] as const, record: { sequence, index } }]
      : []),
  ]),
];
