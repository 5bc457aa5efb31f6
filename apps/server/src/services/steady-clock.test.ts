import { expect, test } from "vitest";
import { createSteadyClock } from "./steady-clock.ts";

const hour = 60 * 60_000;
const day = 24 * hour;

function scene(newest?: number) {
  const at = { now: 1_000 * day, ran: 0 };
  const jumps: number[] = [];
  const pass = (ms: number, jump = 0): void => {
    at.now += ms + jump;
    at.ran += ms;
  };
  const make = () =>
    createSteadyClock({
      now: () => at.now,
      ran: () => at.ran,
      newest,
      onJump: (byMs) => jumps.push(byMs),
    });
  return { at, jumps, pass, make };
}

test("a clock that runs, and is corrected by minutes, may delete", () => {
  const { jumps, pass, make } = scene(1_000 * day - hour);
  const clock = make();
  expect(clock.isSteady()).toBe(true);
  for (const corrected of [0, 60_000, -60_000]) {
    pass(10 * 60_000, corrected);
    expect(clock.isSteady()).toBe(true);
  }
  expect(jumps).toEqual([]);
});

test.each([400 * day, -400 * day])(
  "a clock that jumps by %i ms deletes nothing for a week, and is told once",
  (jump) => {
    const { jumps, pass, make } = scene();
    const clock = make();
    pass(10 * 60_000, jump);
    expect(clock.isSteady()).toBe(false);
    pass(6 * day);
    expect(clock.isSteady()).toBe(false);
    pass(2 * day);
    expect(clock.isSteady()).toBe(true);
    expect(jumps).toEqual([jump]);
  },
);

test.each([
  ["long ahead of", 3 * day],
  ["behind", -day],
])("a server that starts with a clock %s the newest entry waits, too", (_, by) => {
  const { jumps, make } = scene(1_000 * day - by);
  expect(make().isSteady()).toBe(false);
  expect(jumps).toEqual([by]);
});
