import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, maxBackoffMs } from "./backoff.ts";

test("a delay never exceeds half a minute and never is negative", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(10_000), random, (attempt, value) => {
      const delay = backoffMs(attempt, () => value);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(maxBackoffMs);
    }),
  );
});

test("delays grow from attempt to attempt, and are spread over the whole of it", () => {
  const most = () => 0.999_999;
  expect(backoffMs(0, most)).toBeLessThan(backoffMs(1, most));
  expect(backoffMs(5, most)).toBeLessThan(backoffMs(6, most));
  expect(backoffMs(9, () => 0)).toBe(0);
});
