/**
 * The second step by PIN. A radio may drop every answer: the same bytes go again under the same attempt, which counts
 * once, and an attempt that could not be ended goes on when the same PIN is entered again.
 */
import { atMost } from "@nimes/protocol/claimed";
import { retryHelps } from "@nimes/protocol/errors";
import type { SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../ports/clock.ts";
import { waitFor } from "../ports/clock.ts";
import type { Network } from "../ports/network.ts";
import type { Opaque, StartedLogin } from "../ports/opaque.ts";
import type { Session, Token } from "../services/connection/session.ts";

export type PinLogin = {
  attemptId: SubmissionId;
  exportKey: Uint8Array<ArrayBuffer>;
  /** Takes the failure back and brings the token; `agreement-required` does the first only, and asks to come again. */
  finish(): Promise<Result<Token>>;
};

export type PinLogins = {
  /** @returns `pin-wrong` with what is left by then, or why there is no answer. */
  start(pin: string): Promise<Result<PinLogin>>;
  /** The last sign-in that was finished since the opening: whether it is fresh enough for anything, the server says. */
  finished(): SubmissionId | undefined;
  /** Tries left as the server said with its last answer. */
  triesLeft(): number | undefined;
  forget(): void;
};

/** A person waits: after so many sendings it is said that there is no network. */
const maxSendings = 6;
const maxPauseMs = 1_000;

type Attempt = { pin: string; attemptId: SubmissionId; started: StartedLogin };

export function createPinLogins(
  needs: {
    /** Of step one. */
    session: Session;
    opaque: Opaque;
  } & Sending,
): PinLogins {
  const { session, opaque } = needs;
  let unfinished: Attempt | undefined;
  let finishedId: SubmissionId | undefined;
  let triesLeft: number | undefined;

  async function attemptWith(pin: string): Promise<Attempt> {
    if (unfinished?.pin !== pin)
      unfinished = { pin, attemptId: newSubmissionId(), started: await opaque.startLogin(pin) };
    return unfinished;
  }

  return {
    async start(pin) {
      const { attemptId, started } = await attemptWith(pin);
      const body = { attemptId, request: started.request };
      const answer = await sendAgain(needs, () => session.call(routes.postPinLoginStart, { body }));
      if (!answer.ok) return answer;
      triesLeft = atMost(limits.pinTries, answer.value.triesLeft);
      const finished = started.finish(answer.value.response);
      if (!finished) {
        unfinished = undefined;
        return refuse("pin-wrong");
      }
      const { exportKey, finish } = finished;
      return ok({
        attemptId,
        exportKey,
        async finish() {
          const ended = await sendAgain(needs, () =>
            session.call(routes.postPinLoginFinish, { body: { attemptId, finish } }),
          );
          if (ended.ok || !retryHelps(ended.code)) unfinished = undefined;
          if (ended.ok) {
            triesLeft = undefined;
            finishedId = attemptId;
          }
          return ended;
        },
      });
    },
    finished: () => finishedId,
    triesLeft: () => triesLeft,
    forget() {
      finishedId = undefined;
      unfinished = undefined;
      triesLeft = undefined;
    },
  };
}

export type Sending = { clock: Clock; network: Network; random: () => number };

/** Sends the same until there is an answer that counts. */
export async function sendAgain<T>(needs: Sending, send: () => Promise<Result<T>>): Promise<Result<T>> {
  for (let sending = 1; ; sending += 1) {
    const answer = await send();
    const isOpen = !answer.ok && passing.some((code) => code === answer.code);
    if (!isOpen || sending === maxSendings || !needs.network.mayReach()) return answer;
    await waitFor(needs.clock, Math.min(maxPauseMs, backoffMs(sending - 1, needs.random)));
  }
}

const passing = ["no-network", "unavailable", "internal", "too-many"] as const;
