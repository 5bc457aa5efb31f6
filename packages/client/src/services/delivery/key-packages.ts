/** Keeps enough key packages of this device at the server, so that it can be added to rooms while it is away. */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { Claimed } from "@nimes/protocol/claimed";
import { atMost } from "@nimes/protocol/claimed";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Clock } from "../../ports/clock.ts";
import type { Session } from "../connection/session.ts";
import { createSerial } from "../serial.ts";

export type KeyPackages = {
  /** Refills when fewer than half are left. @param left as the server last said. */
  refill(left: Claimed<number>): Promise<void>;
  close(): void;
};

/**
 * Each key package leaves a private key on this device. A server that always says that none are left gets no more than a
 * pause that grows allows; an honest one never asks so often.
 */
const firstPauseMs = 5_000;
const longestPauseMs = 60 * 60_000;
/** Quiet for so many pauses, it begins anew. */
const quietPauses = 10;

const plausible = (left: Claimed<number>): number => atMost(limits.keyPackagesPerDevice, left);

export function createKeyPackages(needs: {
  e2ee: Pick<E2ee, "newKeyPackages">;
  session: Pick<Session, "call">;
  clock: Clock;
  failed(error: unknown): void;
}): KeyPackages {
  const { clock } = needs;
  const serial = createSerial();
  /** Of the last upload; a hint that was sent before it is stale. */
  let known = Number.POSITIVE_INFINITY;
  let pauseMs = 0;
  let pausing = false;
  let cancel: () => void = () => undefined;

  function pause(): void {
    pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2));
    pausing = true;
    cancel();
    cancel = clock.after(pauseMs, () => {
      pausing = false;
      cancel = clock.after(pauseMs * quietPauses, () => {
        pauseMs = 0;
      });
      refill().catch(needs.failed);
    });
  }

  const refill = (): Promise<void> =>
    serial("refill", async () => {
      if (pausing || known >= limits.keyPackageRefillBelow) return;
      pause();
      const missing = limits.keyPackagesPerDevice - known;
      const keyPackages = await needs.e2ee.newKeyPackages(missing);
      const answer = await needs.session.call(routes.postKeyPackages, { body: { keyPackages } });
      // What could not be brought is made again when the server says how many there are: a key package costs a fraction
      // of a millisecond.
      known = answer.ok ? plausible(answer.value.left) : Number.POSITIVE_INFINITY;
    });

  return {
    refill(left) {
      known = plausible(left);
      return refill();
    },
    close: () => cancel(),
  };
}
