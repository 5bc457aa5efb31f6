import { expect, test } from "vitest";
import { markOf } from "./mark.ts";

const looking = {
  displayName: "PK'in Mara Thiel",
  unitName: "Polizeiinspektion Celle",
  userId: "3f2a9c01-77aa-4c02-9d11-0f0e0d0c0b0a",
  at: new Date(2026, 0, 5, 7, 3).getTime(),
};

test("the mark says who looks, from where, and the minute", () => {
  expect(markOf(looking).lines).toEqual([
    "PK'in Mara Thiel",
    "Polizeiinspektion Celle",
    "05.01.2026 07:03 · 3f2a9c01",
  ]);
});

test("long and hostile names neither break the mark nor turn it around (B6)", () => {
  const mark = markOf({ ...looking, displayName: `\u202e${"W".repeat(200)}`, unitName: "" });
  expect(mark.lines).toHaveLength(2);
  expect(mark.lines.join("")).not.toMatch(/\p{Bidi_Control}/u);
  // Whole on the narrowest phone.
  expect(mark.tile.width).toBeLessThan(360);
});
