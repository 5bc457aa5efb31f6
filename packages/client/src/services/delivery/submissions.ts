/**
 * Brings submissions to the server and finds out what became of each, however long it takes: a time-out means unknown,
 * so the same bytes go again under the same id until there is an answer (P6, TESTS F8).
 */
import type { Claimed, Heard } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Submission, SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { AcceptedFrame, RefusedFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId, SubmissionId } from "@nimes/protocol/ids";
import { backoffMs } from "../../core/backoff.ts";
import type { Clock } from "../../ports/clock.ts";

export type SubmissionAnswer =
  | { answer: "accepted"; sequence: Claimed<number> }
  | { answer: "refused"; code: ErrorCode; existingRoomId?: Claimed<RoomId> };

export type Submissions = {
  /** Resolves with the server's final answer; never rejects. Submitting an id again joins the earlier one. */
  submit(frame: {
    roomId: RoomId;
    submissionId: SubmissionId;
    submission: Submission;
  }): Promise<SubmissionAnswer>;
  /** Nobody waits for the answer any more, and it does not go again. */
  cancel(submissionId: SubmissionId): void;
  /** A new connection: everything that is unanswered goes again, in the same order. */
  resume(): void;
  onAccepted(frame: Pick<Heard<AcceptedFrame>, "submissionId" | "sequence">): void;
  onRefused(frame: Heard<RefusedFrame>): void;
};

/** The server answers within a commit to disk; a frame that got no answer for so long was lost. */
const answerPatienceMs = 15_000;

/** Refusals of the moment: the same submission is tried again by itself. */
const passing: readonly ErrorCode[] = ["too-many", "internal", "unavailable", "storage-full"];

type Pending = {
  frame: SubmitFrame;
  promise: Promise<SubmissionAnswer>;
  resolve(answer: SubmissionAnswer): void;
  attempts: number;
};

export function createSubmissions(needs: {
  clock: Clock;
  random: () => number;
  send(frame: SubmitFrame): void;
  isOpen(): boolean;
  /** Something that was sent got lost. */
  restart(): void;
}): Submissions {
  const { clock } = needs;
  const pending = new Map<SubmissionId, Pending>();
  let cancelPatience: (() => void) | undefined;
  let pausedUntilRetry = false;

  const watch = (): void => {
    cancelPatience?.();
    cancelPatience = undefined;
    if (pending.size > 0 && needs.isOpen() && !pausedUntilRetry)
      cancelPatience = clock.after(answerPatienceMs, needs.restart);
  };
  const sendAll = (): void => {
    pausedUntilRetry = false;
    for (const { frame } of pending.values()) needs.send(frame);
    watch();
  };
  const settle = (submissionId: SubmissionId, answer: SubmissionAnswer): void => {
    const found = pending.get(submissionId);
    if (!found) return;
    pending.delete(submissionId);
    watch();
    found.resolve(answer);
  };

  return {
    submit({ roomId, submissionId, submission }) {
      const earlier = pending.get(submissionId);
      if (earlier) return earlier.promise;
      const { promise, resolve } = Promise.withResolvers<SubmissionAnswer>();
      const frame: SubmitFrame = { type: "submit", submissionId, roomId, submission };
      pending.set(submissionId, { frame, promise, resolve, attempts: 0 });
      if (needs.isOpen() && !pausedUntilRetry) needs.send(frame);
      if (!cancelPatience) watch();
      return promise;
    },
    cancel(submissionId) {
      pending.delete(submissionId);
      watch();
    },
    resume: sendAll,
    onAccepted({ submissionId, sequence }) {
      settle(submissionId, { answer: "accepted", sequence });
    },
    onRefused({ submissionId, code, existingRoomId }) {
      const found = pending.get(submissionId);
      if (!found) return;
      if (passing.includes(code)) {
        found.attempts += 1;
        if (pausedUntilRetry) return;
        // Everything waits, so that nothing overtakes what was refused.
        pausedUntilRetry = true;
        watch();
        clock.after(1_000 + backoffMs(found.attempts, needs.random), () => {
          if (pausedUntilRetry && needs.isOpen()) sendAll();
        });
        return;
      }
      settle(submissionId, {
        answer: "refused",
        code,
        ...(existingRoomId !== undefined && { existingRoomId }),
      });
    },
  };
}
