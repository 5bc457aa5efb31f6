/** How long something else would have had to wait while a piece of work was going on. */

/** @returns milliseconds: the whole, and the longest stretch in which nothing else came to its turn. */
export async function measureWait(work: () => Promise<void>): Promise<{ total: number; longest: number }> {
  let longest = 0;
  let turn = performance.now();
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - turn);
    turn = now;
  };
  let done = false;
  const watch = (): void => {
    look();
    if (!done) setImmediate(watch);
  };
  setImmediate(watch);
  const began = performance.now();
  turn = began;
  await work();
  const total = performance.now() - began;
  look();
  done = true;
  return { total, longest };
}
