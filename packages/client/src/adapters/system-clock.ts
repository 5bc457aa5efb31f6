/** The clock of the platform, in browser and Node alike. */
import type { Clock } from "../ports/clock.ts";

/** Beyond it the platform's timers fire at once, and a loop that waits would run. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, longestTimerMs));
    return () => clearTimeout(timer);
  },
};
