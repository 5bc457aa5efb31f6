/** Asks again where one answer made no sense: a lie told once, or a sign-in page of a guest network, ends nothing. */
import type { Result } from "@nimes/protocol/result";
import { backoffMs } from "../../core/backoff.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";

const maxTries = 5;
const leastPauseMs = 200;

/**
 * @param ask is called up to five times, with a pause that grows, while what it gets is not the server's.
 * @returns its last answer. Without network it is not asked again: whoever waits is told at once.
 */
export async function askAgain<T>(
  { clock, random }: { clock: Clock; random: () => number },
  ask: () => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.ok || answer.code !== "unavailable" || tries === maxTries) return answer;
    await waitFor(clock, leastPauseMs + backoffMs(tries, random));
  }
}
