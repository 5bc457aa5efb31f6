/** Whether the server can store, which is all that its answers are worth (F6). Says so once, not with every failure. */
import type { Stores } from "../ports/stores.ts";

export type Health = {
  /** A write failed. */
  failed(error: unknown): void;
  /** Tries, at most once a second. */
  isReady(): Promise<boolean>;
};

const freshMs = 1_000;

export function createHealth(options: {
  stores: Pick<Stores, "probe">;
  now: () => number;
  /** Called when it changes. @param error of the write that failed. */
  onChange: (ready: boolean, error?: unknown) => void;
}): Health {
  const { stores, now, onChange } = options;
  let ready = true;
  let knownUntil = 0;
  let probing: Promise<boolean> | undefined;

  function set(next: boolean, error?: unknown): boolean {
    if (next !== ready) onChange(next, error);
    ready = next;
    knownUntil = now() + freshMs;
    return next;
  }
  return {
    failed: (error) => void set(false, error),
    isReady() {
      const age = knownUntil - now();
      // Also when the clock was set back.
      if (age > 0 && age <= freshMs) return Promise.resolve(ready);
      probing ??= stores
        .probe()
        .then((works) => set(works))
        .finally(() => {
          probing = undefined;
        });
      return probing;
    },
  };
}
