/** Exponential back-off with full jitter: a thousand devices that lost the server at once do not come back at once. */
const firstDelayMs = 500;
export const maxBackoffMs = 30_000;

/**
 * @param attempt 0 for the first try after a failure.
 * @param random from 0 (included) to 1 (excluded).
 */
export const backoffMs = (attempt: number, random: () => number): number =>
  Math.floor(random() * Math.min(maxBackoffMs, firstDelayMs * 2 ** Math.min(attempt, 16)));
