/**
 * What the server says it has taken and the log has not shown. An honest one shows it within a moment; where it does not,
 * a new connection asks for the log again, ever more rarely, and whoever owns the claim submits it once more.
 */
import type { SubmissionId } from "@nimes/protocol/ids";
import { backoffMs } from "../../core/backoff.ts";
import type { Clock } from "../../ports/clock.ts";

export type Claims = {
  claimed(submissionId: SubmissionId): void;
  shown(submissionId: SubmissionId): void;
};

const patienceMs = 10_000;
const maxDoublings = 6;

export function createClaims(needs: { clock: Clock; random: () => number; restart(): void }): Claims {
  const open = new Set<SubmissionId>();
  let attempts = 0;
  let cancel: (() => void) | undefined;

  function watch(): void {
    if (open.size === 0) {
      cancel?.();
      cancel = undefined;
      return;
    }
    const delayMs = patienceMs * 2 ** Math.min(attempts, maxDoublings) + backoffMs(attempts, needs.random);
    cancel ??= needs.clock.after(delayMs, () => {
      cancel = undefined;
      attempts += 1;
      // With the new connection they are claimed once more, or shown.
      open.clear();
      needs.restart();
    });
  }

  return {
    claimed(submissionId) {
      open.add(submissionId);
      watch();
    },
    shown(submissionId) {
      if (!open.delete(submissionId)) return;
      attempts = 0;
      watch();
    },
  };
}
