/** Token buckets: so many at once, so many a second (S7). */
export type BucketLimit = { burst: number; perSecond: number };

/** A class and no closures: every connected device has two of them. */
export class Bucket {
  readonly #limit: BucketLimit;
  readonly #now: () => number;
  #level: number;
  #last: number;

  /** @param now milliseconds; a clock that is set back costs nobody anything. */
  constructor(limit: BucketLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
    this.#level = limit.burst;
    this.#last = now();
  }

  /** @returns false when there is not that much left; then nothing is taken. */
  take(amount = 1): boolean {
    this.#refill();
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Puts back what turned out to be no burden. */
  give(amount = 1): void {
    this.#level = Math.min(this.#limit.burst, this.#level + amount);
  }

  /** Nothing has been taken that has not flowed back. */
  get full(): boolean {
    this.#refill();
    return this.#level >= this.#limit.burst;
  }

  #refill(): void {
    const time = this.#now();
    const { burst, perSecond } = this.#limit;
    this.#level = Math.min(burst, this.#level + (Math.max(0, time - this.#last) / 1000) * perSecond);
    this.#last = time;
  }
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
    for (const [key, bucket] of buckets) if (bucket.full) buckets.delete(key);
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
        bucket = new Bucket(limit, now);
        buckets.set(key, bucket);
      }
      return bucket.take(amount);
    },
    give: (key, amount) => buckets.get(key)?.give(amount),
  };
}
