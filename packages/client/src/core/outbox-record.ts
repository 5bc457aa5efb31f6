/**
 * The outbox: what this device has composed and the server has not yet accepted. Each message is a small state machine
 * whose state is stored with its reason, so a restart goes on where it was.
 *
 *     uploading → waiting → sealed → (accepted: leaves the outbox)
 *        ↑           ↑         │ stale epoch: sealed again under the same message id and counter
 *        │           └─────────┤
 *        └── retry ── wedged: refused for good
 *
 * Messages leave in the order in which they became ready. One that is still uploading, or is wedged, steps aside: an
 * urgent word must not wait behind a large picture.
 */
import type { AttachmentBody } from "@nimes/protocol/content";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { MessageId, RoomId, SubmissionId } from "@nimes/protocol/ids";

export type OutgoingBody =
  | { kind: "text"; text: string }
  | AttachmentBody
  /** Never shown; tells members the name of the room. */
  | { kind: "room-profile"; name: string };

export type Stage =
  | { at: "uploading"; sent: number; total: number }
  /** `counter` where it was sealed before; `fromEpoch`: not before this device is there. */
  | { at: "waiting"; counter?: number; fromEpoch?: number }
  | SealedStage
  /** `uploadBytes`: it was the upload that failed, of so many bytes. */
  | { at: "wedged"; reason: ErrorCode; uploadBytes?: number };

/** Sealed, perhaps submitted: the same bytes under the same id until there is an answer (P6). */
export type SealedStage = {
  at: "sealed";
  epoch: number;
  counter: number;
  submissionId: SubmissionId;
  sealed: Uint8Array<ArrayBuffer>;
};

export type OutboxRecord = {
  roomId: RoomId;
  /** Order within the room. */
  position: number;
  messageId: MessageId;
  /** Own clock, milliseconds. */
  composedAt: number;
  body: OutgoingBody;
  stage: Stage;
};

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
export function planSealing(records: readonly OutboxRecord[], epoch: number): OutboxRecord[] {
  const inFlight = records.filter(isSealed);
  if (inFlight.some(({ stage }) => stage.epoch !== epoch)) return [];
  // A transaction for each freed place would cost more than the messages: refilled when half of them are answered.
  if (inFlight.length > maxInFlight / 2) return [];
  if (records.some(({ stage }) => stage.at === "waiting" && (stage.fromEpoch ?? 0) > epoch)) return [];
  const ready = records.filter(({ stage }) => stage.at === "waiting");
  // What has a counter already goes before what gets one now.
  const again = ready.filter(({ stage }) => counterOf(stage) !== undefined);
  const fresh = ready.filter(({ stage }) => counterOf(stage) === undefined);
  again.sort((a, b) => (counterOf(a.stage) ?? 0) - (counterOf(b.stage) ?? 0));
  return [...again, ...fresh].slice(0, maxInFlight - inFlight.length);
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

/** What a refusal makes of a message. @param roomEpoch where the server told it. */
export function afterRefusal(stage: SealedStage, code: ErrorCode, roomEpoch: number | undefined): Stage {
  if (code !== "stale-epoch") return { at: "wedged", reason: code };
  return {
    at: "waiting",
    counter: stage.counter,
    fromEpoch: Math.max(stage.epoch + 1, roomEpoch ?? 0),
  };
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
