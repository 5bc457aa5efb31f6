import { expect, test } from "vitest";
import { Bucket, createBuckets } from "./bucket.ts";

const limit = { burst: 3, perSecond: 2 };

test("a bucket gives its burst, then flows back with time (S7)", () => {
  let time = 0;
  const bucket = new Bucket(limit, () => time);
  expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
  time = 500;
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
  time = 100_000;
  expect(bucket.take(3)).toBe(true);
  expect(bucket.take(4)).toBe(false);
});

test("what is given back can be taken again, and never more than the burst", () => {
  const bucket = new Bucket(limit, () => 0);
  bucket.take(3);
  bucket.give();
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
  bucket.give(100);
  expect([bucket.take(3), bucket.take()]).toEqual([true, false]);
});

test("a clock that is set back locks nobody out", () => {
  let time = 1_000_000_000;
  const bucket = new Bucket(limit, () => time);
  expect(bucket.take()).toBe(true);
  time = 0;
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
  time = 500;
  expect(bucket.take()).toBe(true);
});

test("keys are limited apart from each other, and an empty bucket survives a flood of other keys (S7)", () => {
  let time = 0;
  const buckets = createBuckets(limit, () => time);
  for (let taken = 0; taken < 3; taken += 1) expect(buckets.take("anna")).toBe(true);
  expect(buckets.take("anna")).toBe(false);
  time = 100;
  for (let other = 0; other < 20_000; other += 1) expect(buckets.take(`other ${other}`)).toBe(true);
  expect(buckets.take("anna")).toBe(false);
  expect(buckets.take("bernd")).toBe(true);
});
