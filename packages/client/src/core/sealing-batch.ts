/** What the outbox seals in one transaction, pure: the contents of its messages, and the messages as they are sealed. */
import type { Content } from "@nimes/protocol/content/content";
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import type { GroupNow, OutboxRecord, SealedRecord, Stage } from "./outbox-record.ts";
import { assignCounters, planSealing } from "./outbox-record.ts";
import type { RoomRecord } from "./room-record.ts";

export type SealingBatch = {
  records: readonly OutboxRecord[];
  contents: readonly Content[];
  /** Whom the room shows as its readers. */
  shown: readonly ClientId[];
  counters: readonly number[];
};

/**
 * @param outbox of the room.
 * @param at.epoch of the room's group, at this moment. `at.now`: own clock, milliseconds.
 * @returns undefined where nothing may be sealed now.
 */
export function nextBatch(
  room: RoomRecord,
  outbox: readonly OutboxRecord[],
  at: { epoch: number; now: number },
): SealingBatch | undefined {
  const all = outbox.map((record) => ({ ...record, stage: withinGroup(record.stage, room.groupId) }));
  const records = planSealing(all, { groupId: room.groupId, ...at });
  if (records.length === 0) return undefined;
  const counters = assignCounters(records, all, room.ownCounter);
  const seen = { sequence: room.cursor, hash: room.hash };
  const roles = { version: room.roles.version, hash: room.roles.hash };
  const contents = records.map(
    ({ messageId, composedAt, body, again }, index): Content => ({
      messageId,
      time: composedAt,
      counter: counters[index] ?? 0,
      seen,
      roles,
      ...(again !== undefined && { first: again }),
      body,
    }),
  );
  return { records, contents, shown: room.devices, counters };
}

/**
 * What was refused in another group has a counter that is free again: whoever was added to this one begins anew, and whoever
 * has come into it with the others goes on where they have counted.
 */
const withinGroup = (stage: Stage, groupId: GroupId): Stage => {
  if (stage.at !== "waiting" || !stage.stale || stage.stale.groupId === groupId) return stage;
  const { counter: _, ...free } = stage;
  return free;
};

/** @param sealed bytes of each message, in order. */
export const sealedRecords = (
  { records, counters }: SealingBatch,
  { groupId, epoch }: GroupNow,
  sealed: readonly Uint8Array[],
): SealedRecord[] =>
  records.map((record, index) => ({
    ...record,
    stage: {
      at: "sealed",
      groupId,
      epoch,
      counter: counters[index] ?? 0,
      submissionId: newSubmissionId(),
      sealed: Uint8Array.from(sealed[index] ?? []),
      ...attemptsOf(record.stage),
    },
  }));

const attemptsOf = (stage: Stage): { attempts?: number } =>
  stage.at === "waiting" && stage.attempts !== undefined ? { attempts: stage.attempts } : {};
