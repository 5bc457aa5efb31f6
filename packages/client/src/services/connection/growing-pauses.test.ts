/** Trying again by oneself: rarely enough for a server that always refuses, and for each room apart. */
import type { RoomId } from "@nimes/protocol/ids";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { createGrowingPauses } from "./growing-pauses.ts";

const room = "ab".repeat(32) as RoomId;

test("a room that is always refused is tried again ever more rarely", () => {
  const clock = createManualClock();
  let tries = 0;
  const pauses = createGrowingPauses(clock, (roomId) => {
    tries += 1;
    pauses.later(roomId);
  });
  pauses.later(room);
  clock.advance(60_000);
  expect(tries).toBe(4);
  clock.advance(24 * 60 * 60_000);
  expect(tries).toBeLessThan(60);
});

test("what is refused several times at once is tried again once, and what has come right begins anew", () => {
  const clock = createManualClock();
  let tries = 0;
  const pauses = createGrowingPauses(clock, () => {
    tries += 1;
  });
  for (let times = 0; times < 5; times += 1) pauses.later(room);
  clock.advance(10_000);
  expect(tries).toBe(1);
  pauses.later(room);
  pauses.forget(room);
  clock.advance(60_000);
  expect(tries).toBe(1);
  pauses.later(room);
  clock.advance(2_000);
  expect(tries).toBe(2);
});
