/** A clock whose delays pass faster, so that what waits for seconds is tested in moments. */
import { systemClock } from "@nimes/client/adapters/system-clock";
import type { Clock } from "@nimes/client/ports/clock";

/** @param factor how many times faster delays pass; the time of day stays as it is. */
export const fastClock = (factor: number): Clock => ({
  now: systemClock.now,
  after: (delayMs, callback) => systemClock.after(delayMs / factor, callback),
});
