/** Token buckets: so many at once, so many a second (S7). */
export type BucketLimit = { burst: number; perSecond: number };
export type Bucket = {
  /** @returns false when there is not that much left; then nothing is taken. */
  take(amount?: number): boolean;
  /** Puts back what turned out to be no burden. */
  give(amount?: number): void;
  /** Nothing has been taken that has not flowed back. */
  isFull(): boolean;
};

/** @param now milliseconds; a clock that is set back costs nobody anything. */
export function createBucket(limit: BucketLimit, now: () => number): Bucket {
  let level = limit.burst;
  let last = now();
  const refill = (): void => {
    const time = now();
    level = Math.min(limit.burst, level + (Math.max(0, time - last) / 1000) * limit.perSecond);
    last = time;
  };
  return {
    take(amount = 1) {
      refill();
      if (level < amount) return false;
      level -= amount;
      return true;
    },
    give(amount = 1) {
      level = Math.min(limit.burst, level + amount);
    },
    isFull() {
      refill();
      return level >= limit.burst;
    },
  };
}

export type Buckets = {
  take(key: string, amount?: number): boolean;
  give(key: string, amount?: number): void;
};

/** Keys that are remembered at most: many addresses must not fill the memory. */
const maxKeys = 100_000;

/** A bucket for every key, e.g. for every address. Full ones are forgotten: they say nothing. */
export function createBuckets(limit: BucketLimit, now: () => number): Buckets {
  const buckets = new Map<string, Bucket>();
  let sweepAt = 1_000;
  const sweep = (): void => {
    for (const [key, bucket] of buckets) if (bucket.isFull()) buckets.delete(key);
    for (const key of buckets.keys()) {
      if (buckets.size < maxKeys / 2) break;
      buckets.delete(key);
    }
    sweepAt = Math.max(1_000, 2 * buckets.size);
  };
  return {
    take(key, amount) {
      let bucket = buckets.get(key);
      if (!bucket) {
        if (buckets.size >= Math.min(sweepAt, maxKeys)) sweep();
        bucket = createBucket(limit, now);
        buckets.set(key, bucket);
      }
      return bucket.take(amount);
    },
    give: (key, amount) => buckets.get(key)?.give(amount),
  };
}
