/** An own message that the log shows, found by its bytes. Pure. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry } from "@nimes/protocol/entry";
import { digestOf, entryDigest } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";
import type { OutboxRecord, SealedRecord } from "./outbox-record.ts";
import { isSealed } from "./outbox-record.ts";

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
