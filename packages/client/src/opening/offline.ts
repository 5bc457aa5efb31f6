/** Opening without network: whether the second wrap of the passkey may still be there. Pure. */
import type { OutsideState } from "../capsule/outside.ts";
import type { InForce } from "../core/in-force.ts";

/** Clocks are set right by moments; more than this backwards is somebody who wants more time. */
const backwardsToleranceMs = 60_000;

/**
 * Until when the device may be opened without network; undefined when it may not, and what would open it is to be
 * deleted: after the policy's hours since the last contact, after an order, and when the clock runs backwards.
 */
export function offlineUntil(
  state: Pick<OutsideState, "deviceClass" | "latestClock" | "lastContact">,
  holds: InForce,
  now: number,
): number | undefined {
  const { offlineOpeningMs } = holds.rules;
  const { lastContact, latestClock } = state;
  if (lastContact === undefined || latestClock === undefined) return undefined;
  if (offlineOpeningMs === 0 || holds.lockedBy !== undefined) return undefined;
  if (state.deviceClass === "private" && !holds.privateDevicesAllowed) return undefined;
  if (now < latestClock - backwardsToleranceMs) return undefined;
  const until = lastContact + offlineOpeningMs;
  return now <= until ? until : undefined;
}
