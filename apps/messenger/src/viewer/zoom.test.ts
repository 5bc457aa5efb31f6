import { expect, test } from "vitest";
import { moveBy, wholePicture, zoomAround } from "./zoom.ts";

test("what is under the finger stays there", () => {
  const point = { x: 120, y: -40 };
  const before = zoomAround(wholePicture, 2, { x: 10, y: 10 });
  const after = zoomAround(before, 1.5, point);
  // The place of the picture that was under the point, in its own coordinates.
  const place = (view: typeof before) => ({
    x: (point.x - view.x) / view.scale,
    y: (point.y - view.y) / view.scale,
  });
  expect(place(after).x).toBeCloseTo(place(before).x);
  expect(place(after).y).toBeCloseTo(place(before).y);
});

test("a picture is never smaller than whole, and lies in the middle then", () => {
  expect(zoomAround({ scale: 1.2, x: 50, y: 50 }, 0.1, { x: 0, y: 0 })).toEqual(wholePicture);
});

test("a picture cannot be moved out of the stage", () => {
  const stage = { width: 300, height: 600 };
  expect(moveBy({ scale: 2, x: 0, y: 0 }, { x: 9999, y: -9999 }, stage)).toEqual({
    scale: 2,
    x: 150,
    y: -300,
  });
  expect(moveBy(wholePicture, { x: 50, y: 50 }, stage)).toEqual(wholePicture);
});
