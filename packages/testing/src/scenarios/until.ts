/** Waiting for conditions instead of sleeping. */
import type { NimesClient } from "@nimes/client/nimes-client";

const patienceMs = 90_000;
/** Something may also change without a word; then this often is looked. */
const lookEveryMs = 50;

/**
 * Resolves with the first value that is not undefined or false; looks after every change of the client.
 * @throws Error with `what` when it does not come to pass.
 */
export async function until<T>(
  client: NimesClient,
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let wake: () => void = () => undefined;
  const unsubscribe = await client.subscribe(() => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookEveryMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const value = await look();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > deadline) throw new Error(`did not come to pass: ${what}`);
      await changed;
    }
  } finally {
    unsubscribe();
  }
}
