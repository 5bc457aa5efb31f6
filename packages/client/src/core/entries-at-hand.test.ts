import type { Entry } from "@nimes/protocol/entry";
import { limits } from "@nimes/protocol/limits";
import { room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { isOdd } from "./entries-at-hand.ts";

const now = 10 * limits.entryLifetimeMs;
const forgotten: Entry = { sequence: 1, kind: "forgotten", digest: new Uint8Array(32) };
const judged = { entry: forgotten, outcome: { outcome: "expired" } } as const;

test("what is said to be forgotten behind something that was written a moment ago is asked for again (P4)", () => {
  const behind = (lastTime: number) => isOdd(room({ lastTime }), judged, now);
  expect(behind(now - 60_000)).toBe(true);
  expect(behind(now - limits.entryLifetimeMs - 60_000)).toBe(false);
  expect(isOdd(room(), judged, now)).toBe(false);
});
