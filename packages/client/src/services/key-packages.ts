/** Keeps enough key packages of this device at the server, so that it can be added to rooms while it is away. */
import type { E2ee } from "@nimes/e2ee/e2ee";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { createSerial } from "./serial.ts";
import type { Session } from "./session.ts";

export type KeyPackages = {
  /** Refills when fewer than half are left. @param left as the server last said. */
  refill(left: number): Promise<void>;
};

export function createKeyPackages(needs: { e2ee: E2ee; session: Session }): KeyPackages {
  const serial = createSerial();
  /** Of the last upload; a hint that was sent before it is stale. */
  let known = Number.POSITIVE_INFINITY;

  return {
    refill: (left) => {
      known = left;
      return serial("refill", async () => {
        if (known >= limits.keyPackageRefillBelow) return;
        const missing = limits.keyPackagesPerDevice - known;
        const keyPackages = await needs.e2ee.newKeyPackages(missing);
        const answer = await needs.session.call(routes.postKeyPackages, { body: { keyPackages } });
        // What could not be brought is made again at the next sign-in: a key package costs a fraction of a millisecond.
        if (answer.ok) known = answer.value.left;
      });
    },
  };
}
