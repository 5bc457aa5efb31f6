/**
 * The outbox: what this device has composed and the server has not yet accepted. Each message is a small state machine
 * whose state is stored with its reason, so a restart goes on where it was.
 *
 *     uploading → waiting → sealed → (shown in the log: leaves the outbox)
 *        ↑           ↑         │ stale epoch: sealed again under the same message id and counter
 *        │           └─────────┤
 *        └── retry ── wedged: refused for good
 *
 * That the server has accepted a message is a claim until the log shows its bytes: it is shown as sent, and kept.
 *
 * Messages leave in the order in which they became ready. One that is still uploading, or is wedged, steps aside: an
 * urgent word must not wait behind a large picture.
 */
import type { Body } from "@nimes/protocol/content/kinds";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { GroupId, MessageId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { isRow, type RowBody } from "../kinds/kinds.ts";

export type Stage =
  | { at: "uploading"; sent: number; total: number }
  /** `counter` where it was sealed before; `stale` where the server refused its epoch. */
  | { at: "waiting"; counter?: number; stale?: StaleSealing; attempts?: number }
  | SealedStage
  /** `uploadBytes`: it was the upload that failed, of so many bytes. */
  | { at: "wedged"; reason: ErrorCode; uploadBytes?: number };

/**
 * Sealed at an epoch of which the server says that it is over. It is sealed again in a later epoch; and in the same one
 * after a while, because what the server says may be wrong.
 */
export type StaleSealing = {
  groupId: GroupId;
  epoch: number;
  /** Own clock, milliseconds. */
  notBefore: number;
};

/** Sealed, perhaps submitted: the same bytes under the same id until there is an answer (P6). */
export type SealedStage = {
  at: "sealed";
  groupId: GroupId;
  epoch: number;
  counter: number;
  submissionId: SubmissionId;
  sealed: Uint8Array<ArrayBuffer>;
  /** Where the server says that it stands in the log. */
  claimed?: number;
  /** Refusals of an epoch, and claims that turned out wrong. */
  attempts?: number;
};

export type OutboxRecord = {
  roomId: RoomId;
  /** Order within the room. */
  position: number;
  messageId: MessageId;
  /** Own clock, milliseconds. */
  composedAt: number;
  body: Body;
  /** Where it stands in the log already: it is sealed again for somebody who could not read it there. */
  again?: number;
  stage: Stage;
};

export type ShownRecord = OutboxRecord & { body: RowBody };

/** Whether people see it on its way, as a message of its own. */
export const isShown = (record: OutboxRecord): record is ShownRecord =>
  isRow(record.body) && record.again === undefined;

export type SealedRecord = OutboxRecord & { stage: SealedStage };
export const isSealed = (record: OutboxRecord): record is SealedRecord => record.stage.at === "sealed";

/** What is sealed, as it was sealed: receivers open no message that comes far behind a later one. */
export const inSealingOrder = (records: readonly OutboxRecord[]): SealedRecord[] =>
  records.filter(isSealed).sort((a, b) => a.stage.counter - b.stage.counter);

/** More than this waits unsealed, so that a commit makes few messages be sealed again. */
export const maxInFlight = 64;

/**
 * The messages to seal now, in order. None while answers of an older epoch are still open, or while one that was refused
 * waits for an epoch to come: what is sealed now must not overtake it, because receivers expect counters in order.
 */
export function planSealing(
  records: readonly OutboxRecord[],
  { now, ...group }: GroupNow & { now: number },
): OutboxRecord[] {
  const inFlight = records.filter(isSealed).filter(({ stage }) => stage.claimed === undefined);
  if (inFlight.some(({ stage }) => !isAt(stage, group))) return [];
  // A transaction for each freed place would cost more than the messages: refilled when half of them are answered.
  if (inFlight.length > maxInFlight / 2) return [];
  if (records.some(({ stage }) => sealableAt(stage, group) > now)) return [];
  const ready = records.filter(({ stage }) => stage.at === "waiting");
  // What has a counter already goes before what gets one now.
  const again = ready.filter(({ stage }) => counterOf(stage) !== undefined);
  const fresh = ready.filter(({ stage }) => counterOf(stage) === undefined);
  again.sort((a, b) => (counterOf(a.stage) ?? 0) - (counterOf(b.stage) ?? 0));
  return [...again, ...fresh].slice(0, maxInFlight - inFlight.length);
}

/** The group that a room is in, and its epoch. */
export type GroupNow = { groupId: GroupId; epoch: number };

const isAt = (one: GroupNow, { groupId, epoch }: GroupNow): boolean =>
  one.groupId === groupId && one.epoch === epoch;

/** Own clock, milliseconds: when a message whose epoch was refused may be sealed again; 0 = now. */
export function sealableAt(stage: Stage, { groupId, epoch }: GroupNow): number {
  if (stage.at !== "waiting" || !stage.stale) return 0;
  const { stale } = stage;
  return stale.groupId === groupId && stale.epoch >= epoch ? stale.notBefore : 0;
}

/**
 * Counters for the messages to be sealed. One that was sealed before keeps its counter; the others follow behind the
 * last accepted and everything that may still be accepted. The counter of a message that was refused for good is free
 * again, so that nobody is told of a loss that was none.
 */
export function assignCounters(
  toSeal: readonly OutboxRecord[],
  all: readonly OutboxRecord[],
  acceptedCounter: number,
): number[] {
  let last = Math.max(acceptedCounter, ...all.map(({ stage }) => counterOf(stage) ?? 0));
  return toSeal.map(({ stage }) => {
    const earlier = counterOf(stage);
    if (earlier !== undefined) return earlier;
    last += 1;
    return last;
  });
}

const counterOf = (stage: Stage): number | undefined =>
  stage.at === "sealed" || stage.at === "waiting" ? stage.counter : undefined;

/** So often the server may contradict itself about one message before a person is asked. */
const maxAttempts = 8;
const firstPauseMs = 1_000;

/** What a refusal makes of a message. @param now own clock, milliseconds. */
export function afterRefusal(stage: SealedStage, code: ErrorCode, now: number): Stage {
  // Whoever has been taken out is told by the log. A server that has lost it with a restored backup says so for a while; where
  // this device is brought in anew, its counter may begin anew, too.
  const isOutside = code === "not-a-member";
  if (code !== "stale-epoch" && !isOutside) return { at: "wedged", reason: code };
  const attempts = (stage.attempts ?? 0) + 1;
  if (attempts > maxAttempts) return { at: "wedged", reason: isOutside ? code : "server-contradicts" };
  const { groupId, epoch } = stage;
  const stale = { groupId, epoch, notBefore: now + firstPauseMs * 2 ** (attempts - 1) };
  return { at: "waiting", ...(!isOutside && { counter: stage.counter }), stale, attempts };
}

/**
 * What becomes of a message of which the log shows something else where the server said that it stands: submitted again
 * under its id, which the server may answer rightly this time, then sealed again.
 */
export function afterContradiction({ claimed: _, ...stage }: SealedStage): Stage {
  const attempts = (stage.attempts ?? 0) + 1;
  if (attempts > maxAttempts) return { at: "wedged", reason: "server-contradicts" };
  return attempts === 1 ? { ...stage, attempts } : { at: "waiting", counter: stage.counter, attempts };
}

/** What becomes of a message when its sender is no longer in the room; what is sealed is answered by the server. */
export function afterLeaving(stage: Stage): Stage {
  if (stage.at === "waiting") return { at: "wedged", reason: "not-a-member" };
  if (stage.at === "uploading") return { at: "wedged", reason: "not-a-member", uploadBytes: stage.total };
  return stage;
}

/** What trying again makes of a message. */
export function afterRetry(stage: Stage): Stage {
  if (stage.at !== "wedged") return stage;
  const { uploadBytes } = stage;
  return uploadBytes === undefined ? { at: "waiting" } : { at: "uploading", sent: 0, total: uploadBytes };
}
