/** An own message that the log shows: found by its bytes, and moved from the outbox into the timeline in one batch. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry } from "@nimes/protocol/entry";
import { digestOf, entryDigest } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";
import { ownMessageIndex } from "../core/apply-entries.ts";
import type { OutboxRecord, SealedRecord } from "../core/outbox-record.ts";
import { isSealed, isShown } from "../core/outbox-record.ts";
import type { RoomRecord } from "../core/room-record.ts";
import type { Change } from "../ports/store.ts";
import { deleteRecord } from "./outbox-list.ts";

/** The record whose bytes an entry has; of an expired one the digest tells. */
export function findSealed(
  records: readonly OutboxRecord[],
  self: ClientId,
  entry: Entry,
): SealedRecord | undefined {
  if (!("submissionId" in entry)) return undefined;
  const record = records.filter(isSealed).find(({ stage }) => stage.submissionId === entry.submissionId);
  if (!record || entry.sender !== self) return undefined;
  const { sealed: bytes, epoch } = record.stage;
  const { sequence, sender, submissionId, time } = entry;
  const expected = { sequence, kind: "application", epoch, sender, submissionId, time, bytes } as const;
  return equalBytes(digestOf(entry), entryDigest(expected)) ? record : undefined;
}

/** @param at whose message it is, and where the log shows it. */
export function settle(
  room: RoomRecord,
  record: SealedRecord,
  { sender, sequence }: { sender: ClientId; sequence: number },
): { room: RoomRecord; changes: Change[] } {
  const { roomId, messageId, body, composedAt, stage } = record;
  const out = deleteRecord(record);
  const next: RoomRecord = {
    ...room,
    ownCounter: Math.max(room.ownCounter, stage.counter),
    sealedSince: room.sealedSince + 1,
  };
  // What is sealed again stands in the timeline already.
  if (body.kind === "room-profile" || body.kind === "ask-again" || !isShown(record))
    return { room: next, changes: [out] };
  const isNewest = (room.last?.sequence ?? 0) < sequence;
  return {
    room: isNewest ? { ...next, last: { messageId, sender, at: composedAt, sequence, body } } : next,
    changes: [
      out,
      {
        put: "timeline",
        key: [roomId, sequence, ownMessageIndex],
        record: { kind: "message", messageId, sender, sentAt: composedAt, body },
      },
      { put: "messages", key: [roomId, messageId], record: { sequence, index: ownMessageIndex } },
    ],
  };
}
