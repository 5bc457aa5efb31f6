/**
 * What time it is for key packages, which are judged before they enter the log: the server's idea of it, within bounds, so
 * that a phone whose clock is a day off does not find every key package expired (F12). Nothing else follows from it.
 */
import { limits } from "@nimes/protocol/limits";

/** So far a phone's clock may be off without anything that shows it. */
const maxClockOffMs = 48 * 60 * 60_000;

/**
 * What the server says counts where it is near the own clock. Further away it counts only where something signed shows that
 * the own clock is wrong: it stands before the own letter began. Then it names no time outside of what the letter allows.
 * @param letter validity of the own attestation as it was verified, milliseconds; undefined before that.
 */
export function plausibleNow(
  own: number,
  aheadMs: number,
  letter: { validFrom: number; validUntil: number } | undefined,
): number {
  if (Math.abs(aheadMs) <= maxClockOffMs) return own + aheadMs;
  if (!letter || own >= letter.validFrom - limits.phoneClockToleranceMs) return own;
  return Math.min(letter.validUntil, Math.max(letter.validFrom, own + aheadMs));
}
