/** A clock that stands still until a test moves it. */
import type { Clock } from "@nimes/client/ports/clock";

export type ManualClock = Clock & {
  /** Lets time pass: everything that falls due is called, in order. */
  advance(byMs: number): void;
};

export function createManualClock(startMs = 1_000_000): ManualClock {
  let nowMs = startMs;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { at: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(byMs) {
      const until = nowMs + byMs;
      for (;;) {
        const due = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        const [next] = due;
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = next.at;
        next.callback();
      }
      nowMs = until;
    },
  };
}
