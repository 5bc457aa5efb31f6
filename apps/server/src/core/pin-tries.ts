/**
 * How many tries a PIN has. Every started sign-in counts as a failure until it is finished, because OPAQUE tells the
 * other side with the server's first answer whether the PIN was right (DESIGN: two steps).
 */
import { limits } from "@nimes/protocol/limits";

export const maxPinTries = limits.pinTries;

const minute = 60_000;
/** Pause behind the fifth failure and each one after it. */
const pausesMs = [minute / 2, minute, 5 * minute, 15 * minute, limits.maxPinPauseMs];
const triesWithoutPause = maxPinTries - pausesMs.length;

/** So long the last try may still be finished before the record goes. */
export const lastTryGraceMs = 15 * minute;

export type Tries = { count: number; lastAt: number };

export const triesLeft = ({ count }: Pick<Tries, "count">): number => Math.max(0, maxPinTries - count);

/** Milliseconds until the next try is taken; 0 = now. A server clock that was set back does not lengthen it. */
export function pauseMs({ count, lastAt }: Tries, now: number): number {
  const pause = pausesMs[count - triesWithoutPause] ?? 0;
  return Math.min(pause, Math.max(0, lastAt + pause - now));
}

export function judgeTry(tries: Tries, now: number): "take" | "wait" | "used-up" {
  if (triesLeft(tries) === 0) return "used-up";
  return pauseMs(tries, now) > 0 ? "wait" : "take";
}
