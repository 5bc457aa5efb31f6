import { expect, test } from "vitest";
import { duration } from "./durations.ts";

test("a length of time is said in the largest unit that fits", () => {
  expect(duration(7 * 24 * 60 * 60_000, "de")).toBe("7 Tage");
  expect(duration(90 * 60_000, "de")).toBe("90 Minuten");
  expect(duration(60 * 60_000, "en")).toBe("1 hour");
  expect(duration(30_000, "en")).toBe("30 seconds");
});
