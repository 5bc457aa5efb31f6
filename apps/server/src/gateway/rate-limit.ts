/** A token bucket: so many at once, so many a second. */
export type Bucket = { take(): boolean };

export function createBucket(limit: { burst: number; perSecond: number }, now: () => number): Bucket {
  let level = limit.burst;
  let last = now();
  return {
    take() {
      const time = now();
      level = Math.min(limit.burst, level + ((time - last) / 1000) * limit.perSecond);
      last = time;
      if (level < 1) return false;
      level -= 1;
      return true;
    },
  };
}
