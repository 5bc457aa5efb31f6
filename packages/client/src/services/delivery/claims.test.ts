import type { SubmissionId } from "@nimes/protocol/ids";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { createClaims } from "./claims.ts";

const id = (text: string) => text as SubmissionId;

function scene() {
  const clock = createManualClock();
  const seen = { restarts: 0 };
  const claims = createClaims({
    clock,
    random: () => 0.5,
    restart() {
      seen.restarts += 1;
    },
  });
  return { clock, claims, seen };
}

test("what the server says it has taken and does not show is asked for by new connections, ever more rarely", () => {
  const { clock, claims, seen } = scene();
  const pauses: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    claims.claimed(id("a"));
    const from = clock.now();
    const before = seen.restarts;
    while (seen.restarts === before) clock.advance(1_000);
    pauses.push(clock.now() - from);
  }
  for (const [index, pause] of pauses.entries())
    if (index > 0) expect(pause).toBeGreaterThan(pauses[index - 1] ?? 0);
});

test("what is shown is no reason for a new connection", () => {
  const { clock, claims, seen } = scene();
  claims.claimed(id("a"));
  claims.shown(id("a"));
  clock.advance(10 * 60_000);
  expect(seen.restarts).toBe(0);
});
