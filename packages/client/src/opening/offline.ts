/** Opening without network: whether the second wrap of the passkey may still be there. Pure. */

import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import type { OutsideState } from "../capsule/outside.ts";

/** Clocks are set right by moments; more than this backwards is somebody who wants more time. */
const backwardsToleranceMs = 60_000;

/**
 * Until when the device may be opened without network; undefined when it may not, and what would open it is to be
 * deleted: after the policy's hours since the last contact, after an order, and when the clock runs backwards.
 */
export function offlineUntil(state: OutsideState, policy: ClassPolicy, now: number): number | undefined {
  if (policy.offlineOpeningMs === 0 || state.lockedBy !== undefined) return undefined;
  if (state.deviceClass === "private" && state.policy?.privateDevicesAllowed === false) return undefined;
  if (now < state.latestClock - backwardsToleranceMs) return undefined;
  const until = state.lastContact + policy.offlineOpeningMs;
  return now <= until ? until : undefined;
}
