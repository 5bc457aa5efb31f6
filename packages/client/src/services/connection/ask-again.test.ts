import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { expect, test } from "vitest";
import { askAgain } from "./ask-again.ts";

function asking(answers: Result<string>[]) {
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    after(delayMs: number, callback: () => void) {
      pauses.push(delayMs);
      queueMicrotask(callback);
      return () => undefined;
    },
  };
  let asked = 0;
  const answer = askAgain(
    { clock, random: () => 0.5 },
    async () => answers[asked++] ?? refuse("unavailable"),
  );
  return { answer, pauses, asked: () => asked };
}

test("an answer that makes no sense is asked for again", async () => {
  const { answer, pauses } = asking([refuse("unavailable"), ok("there")]);
  expect(await answer).toEqual(ok("there"));
  expect(pauses).toHaveLength(1);
});

test("a server that never makes sense is given up after five times, with a pause that grows", async () => {
  const { answer, pauses, asked } = asking([]);
  expect(await answer).toEqual(refuse("unavailable"));
  expect(asked()).toBe(5);
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  expect(new Set(pauses).size).toBe(4);
});

test.each(["no-network", "unauthorised", "device-locked"] as const)(
  "what is said in plain words is not asked for again (%s)",
  async (code) => {
    const { answer, asked } = asking([refuse(code)]);
    expect(await answer).toEqual(refuse(code));
    expect(asked()).toBe(1);
  },
);
