/**
 * Locks after a while without input, and after a while in the background, as the policy says. A sleeping phone runs no
 * timers: when the page is looked at again the time that has passed counts, before anything is shown.
 */

export type LockTimes = { inactivityLockMs: number; backgroundLockMs: number };

export type AutoLockNeeds = {
  window: Window;
  times: LockTimes;
  lock(): void;
};

const inputs = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"] as const;

/** Milliseconds since `start`; a clock that was set back, or one that stands still while a phone sleeps, hides nothing. */
const stopwatch = ({ performance }: Window) => {
  const start = { wall: Date.now(), steady: performance.now() };
  return () => Math.max(Date.now() - start.wall, performance.now() - start.steady);
};

/** @returns a function that ends the watch. */
export function startAutoLock({ window, times, lock }: AutoLockNeeds): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const { document } = window;
  let sinceInput = stopwatch(window);
  let sinceHidden: (() => number) | undefined;
  let timer: number | undefined;

  const remainingMs = (): number => {
    const untilIdle = times.inactivityLockMs - sinceInput();
    return sinceHidden ? Math.min(untilIdle, times.backgroundLockMs - sinceHidden()) : untilIdle;
  };
  const stop = (): void => {
    ends.abort();
    window.clearTimeout(timer);
  };
  const look = (): void => {
    const leftMs = remainingMs();
    window.clearTimeout(timer);
    if (leftMs > 0) {
      timer = window.setTimeout(look, leftMs);
      return;
    }
    stop();
    lock();
  };
  const onInput = (): void => {
    // A finger on a screen that has been dark for too long opens nothing.
    if (remainingMs() <= 0) look();
    else sinceInput = stopwatch(window);
  };
  const onVisibility = (): void => {
    if (document.visibilityState === "hidden") sinceHidden ??= stopwatch(window);
    look();
    if (document.visibilityState === "visible") sinceHidden = undefined;
  };

  for (const input of inputs)
    window.addEventListener(input, onInput, { signal, passive: true, capture: true });
  document.addEventListener("visibilitychange", onVisibility, { signal, capture: true });
  window.addEventListener("pageshow", onVisibility, { signal });
  onVisibility();
  return stop;
}
