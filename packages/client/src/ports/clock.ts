/** Time. */
export type Clock = {
  /** Milliseconds since 1970, as the device believes. */
  now(): number;
  /** Calls back once. @returns a function that cancels. */
  after(delayMs: number, callback: () => void): () => void;
};

/** Resolves after a delay, or at once when the signal fires. */
export function waitFor(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener("abort", finish);
  });
}
