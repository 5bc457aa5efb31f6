/**
 * Whether the clock can be trusted with deleting. A clock that jumps (a dead battery, a wrong time server, a machine that was
 * set back) would let everything be older than it may get at once; so after a jump nothing is deleted for its age, for as
 * long as an operator needs to notice.
 */
export type SteadyClock = {
  /** Looks at the clock. @returns whether what is too old by it may be deleted. */
  isSteady(): boolean;
};

/** More than clocks are corrected by while they run. */
const toleranceMs = 60 * 60_000;
/** So long a server may have stood still without anybody writing. */
const silenceMs = 2 * 24 * 60 * 60_000;
const pauseMs = 7 * 24 * 60 * 60_000;

/**
 * @param options.ran milliseconds since some moment, by a clock that nobody sets.
 * @param options.newest time of the newest entry that is stored, milliseconds; undefined where there is none.
 * @param options.onJump hears by how many milliseconds the clock is ahead of what was to be expected.
 */
export function createSteadyClock(options: {
  now: () => number;
  ran: () => number;
  newest: number | undefined;
  onJump: (byMs: number) => void;
}): SteadyClock {
  const { now, ran, newest, onJump } = options;
  let last = { now: now(), ran: ran() };
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const pause = (byMs: number): void => {
    pausedUntil = last.ran + pauseMs;
    onJump(byMs);
  };
  if (newest !== undefined && (last.now > newest + silenceMs || last.now < newest - toleranceMs))
    pause(last.now - newest);
  return {
    isSteady() {
      const expected = last.now + ran() - last.ran;
      last = { now: now(), ran: ran() };
      if (Math.abs(last.now - expected) > toleranceMs) pause(last.now - expected);
      return last.ran >= pausedUntil;
    },
  };
}
