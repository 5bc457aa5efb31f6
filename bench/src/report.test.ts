import { expect, test } from "vitest";
import { quantile } from "./load/statistics.ts";
import { describeMachine, readVersions, resultsOf } from "./report.ts";

test("a result is the median of its runs, and keeps them in their order", () => {
  const runs = [9_000, 123_456.789, 11_000];
  expect(resultsOf("accept", [{ metric: "rate", unit: "messages/s", runs }])).toEqual([
    { bench: "accept", metric: "rate", value: 11_000, unit: "messages/s", runs: [9_000, 123_460, 11_000] },
  ]);
});

test("a measurement without runs is a fault of the bench, not a zero", () => {
  expect(() => resultsOf("accept", [{ metric: "rate", unit: "messages/s", runs: [] }])).toThrow("no run");
});

test("quantiles stand between the two nearest values", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([5, 1], 0)).toBe(1);
  expect(quantile([5, 1], 1)).toBe(5);
  expect(
    quantile(
      Array.from({ length: 101 }, (_, index) => index),
      0.99,
    ),
  ).toBe(99);
});

test("the report says where it ran and with what", () => {
  const machine = describeMachine();
  expect(machine.cores).toBeGreaterThan(0);
  expect(machine.memory).toBeGreaterThan(0);
  expect(machine.os).toContain(process.arch);
  for (const version of Object.values(readVersions())) expect(version).toMatch(/^v?\d+\.\d+/);
});
