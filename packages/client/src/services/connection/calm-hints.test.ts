import { claimOf } from "@nimes/protocol/claimed";
import type { HeardFrame } from "@nimes/protocol/frames/server-frames";
import type { UserId } from "@nimes/protocol/ids";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { createCalmHints } from "./calm-hints.ts";

function calm() {
  const clock = createManualClock();
  const delivered: HeardFrame[] = [];
  const hints = createCalmHints(clock, (frame) => delivered.push(frame));
  return { clock, delivered, hints };
}
const changed = (sequence: number): HeardFrame => ({
  type: "directory-changed",
  sequence: claimOf(sequence),
});
const minute = 60_000;

test("a hint goes through at once, a burst behind it as one, the last", () => {
  const { clock, delivered, hints } = calm();
  hints.take(changed(1));
  expect(delivered).toEqual([changed(1)]);
  for (let sequence = 2; sequence <= 1_000; sequence += 1) hints.take(changed(sequence));
  expect(delivered).toHaveLength(1);
  clock.advance(250);
  expect(delivered).toEqual([changed(1), changed(1_000)]);
});

test.for([1, 50, 300, 2_000])(
  "a storm with a hint every %d ms is heard a few times a minute, and each that was heard is the newest",
  (everyMs) => {
    const { clock, delivered, hints } = calm();
    let sequence = 0;
    for (let passed = 0; passed < minute; passed += everyMs) {
      sequence += 1;
      hints.take(changed(sequence));
      clock.advance(everyMs);
    }
    expect(delivered.length).toBeLessThan(20);
    clock.advance(10_000);
    expect(delivered.at(-1)).toEqual(changed(sequence));
  },
);

test("kinds do not wait for each other, and frames that are none wait for nothing", () => {
  const { delivered, hints } = calm();
  const frames: HeardFrame[] = [
    changed(1),
    { type: "orders-changed" },
    { type: "key-packages-low", left: claimOf(3) },
    { type: "key-packages-available", userId: "a" as UserId },
    { type: "key-packages-available", userId: "b" as UserId },
    { type: "wake" },
    { type: "caught-up" },
    { type: "caught-up" },
  ];
  for (const frame of frames) hints.take(frame);
  expect(delivered).toEqual(frames);
});

test("after a while of quiet a hint goes through at once again", () => {
  const { clock, delivered, hints } = calm();
  for (let sequence = 0; sequence < 100; sequence += 1) {
    hints.take(changed(sequence));
    clock.advance(500);
  }
  clock.advance(minute);
  const before = delivered.length;
  hints.take(changed(200));
  hints.take(changed(201));
  expect(delivered.slice(before)).toEqual([changed(200)]);
  clock.advance(250);
  expect(delivered.at(-1)).toEqual(changed(201));
});

test("hints that name a hundred thousand people fill no memory, and after the end nothing comes", () => {
  const { clock, delivered, hints } = calm();
  for (let person = 0; person < 100_000; person += 1)
    hints.take({ type: "key-packages-available", userId: `${person}` as UserId });
  expect(delivered.length).toBeLessThanOrEqual(500);
  hints.take(changed(1));
  hints.take(changed(2));
  hints.close();
  const before = delivered.length;
  clock.advance(minute);
  expect(delivered).toHaveLength(before);
});
