import { expect, test } from "vitest";
import { frameOf } from "./picture-frame.ts";

test("a picture keeps its shape within the bubble", () => {
  expect(frameOf({ width: 1600, height: 1200 })).toEqual({ width: 280, ratio: 4 / 3 });
  expect(frameOf({ width: 900, height: 1200 }).ratio).toBe(0.75);
});

test("a strip is cut, and a picture without size does not break the list", () => {
  for (const size of [
    { width: 10_000, height: 10 },
    { width: 10, height: 10_000 },
    { width: 0, height: 0 },
  ]) {
    const { width, ratio } = frameOf(size);
    expect(width).toBeGreaterThanOrEqual(130);
    expect(width / ratio).toBeGreaterThan(100);
    expect(width / ratio).toBeLessThan(340);
  }
});
