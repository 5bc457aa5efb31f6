import type { Entry } from "@nimes/protocol/entry";
import type { SubmissionId } from "@nimes/protocol/ids";
import { anna, roomId } from "@nimes/testing/client/room";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { createDoubts } from "./doubts.ts";

const entryOf = (sequence: number, byte: number): Entry => ({
  sequence,
  kind: "application",
  epoch: 1,
  sender: anna,
  submissionId: "01".repeat(16) as SubmissionId,
  time: 1,
  bytes: Uint8Array.of(byte),
});

function scene() {
  const clock = createManualClock();
  const heard: string[] = [];
  const doubts = createDoubts({
    clock,
    restart: () => heard.push("restart"),
    tellWithheld: () => heard.push("told"),
  });
  return { clock, heard, doubts };
}

test("what comes a second time with the same bytes counts, and so does nonsense for a while behind it", () => {
  const { clock, doubts } = scene();
  expect(doubts.isDoubted(roomId, entryOf(1, 1))).toBe(true);
  doubts.askAgain(roomId, [entryOf(1, 1), entryOf(2, 2)]);
  expect(doubts.isDoubted(roomId, entryOf(1, 3))).toBe(true);
  expect(doubts.isDoubted(roomId, entryOf(1, 1))).toBe(false);
  expect(doubts.isDoubted(roomId, entryOf(7, 7))).toBe(false);
  clock.advance(61_000);
  expect(doubts.isDoubted(roomId, entryOf(8, 8))).toBe(true);
});

test("what is still on the old connection is not heard as a second time", () => {
  const { doubts } = scene();
  doubts.askAgain(roomId, [entryOf(1, 1)]);
  expect(doubts.isAsking(roomId)).toBe(true);
  doubts.begin();
  expect(doubts.isAsking(roomId)).toBe(false);
});

test("a server that says something else each time is asked ever more rarely, and people are told once", () => {
  const { clock, heard, doubts } = scene();
  doubts.askAgain(roomId, [entryOf(1, 1)]);
  expect(heard).toEqual(["restart"]);
  for (let byte = 2; byte < 8; byte += 1) doubts.askAgain(roomId, [entryOf(1, byte)]);
  clock.advance(1_900);
  expect(heard).toEqual(["restart", "told"]);
  clock.advance(60 * 60_000);
  expect(heard.filter((one) => one === "told")).toHaveLength(1);
  expect(heard.filter((one) => one === "restart")).toHaveLength(7);
});
