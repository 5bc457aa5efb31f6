/**
 * How often a room is founded anew (S7): each time costs everybody a key package, and what was under way is sealed again. An
 * honest app does it where a commit stops a room, which is rare; whoever does it without end, or commits without end what
 * nobody gets past, is made to wait. Only for that: whoever waits writes and reads meanwhile, and nobody else waits.
 */
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import type { AppendRequest } from "../core/append-request.ts";
import { createBuckets } from "../core/bucket.ts";
import type { AppendOutcome } from "../ports/room-log-store.ts";

/** Of one device in one room. */
const foundingLimit = { burst: 5, perSecond: 1 / 1_800 };
/** Commits of one device in one room that others have answered by founding it anew; one more and it commits nothing there. */
const answeredLimit = { burst: 3, perSecond: 1 / 3_600 };

export type RefoundingLimits = {
  /** The request, marked where its device has to wait with it. Founding anew is counted from here on. */
  hold(request: AppendRequest): AppendRequest;
  /** What became of it: only what was taken costs anything. */
  note(request: AppendRequest, outcome: AppendOutcome): void;
};

/** @param now milliseconds. */
export function createRefoundingLimits(now: () => number): RefoundingLimits {
  const foundings = createBuckets(foundingLimit, now);
  const answered = createBuckets(answeredLimit, now);
  const keyOf = (roomId: RoomId, device: ClientId): string => `${roomId}/${deviceOf(device)}`;

  function isFree({ roomId, sender, what }: AppendRequest): boolean {
    const key = keyOf(roomId, sender);
    if (what.kind === "refound") return foundings.take(key);
    if (what.kind !== "commit") return true;
    const isLeft = answered.take(key);
    if (isLeft) answered.give(key);
    return isLeft;
  }

  return {
    hold: (request) => (isFree(request) ? request : { ...request, hasToWait: true }),
    note({ roomId, sender, what, hasToWait }, outcome) {
      if (what.kind !== "refound" || hasToWait) return;
      if (outcome.outcome !== "appended") foundings.give(keyOf(roomId, sender));
      else if (outcome.answered) answered.take(keyOf(roomId, outcome.answered));
    },
  };
}
