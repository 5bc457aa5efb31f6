import { expect, test } from "vitest";
import { isWayOut, mayHaveMenu } from "./ways-out.ts";

const press = (
  key: string,
  held: "ctrlKey" | "metaKey" | undefined,
  more: { altKey?: boolean; code?: string } = {},
) => ({
  key,
  code: more.code ?? `Key${key.toUpperCase()}`,
  ctrlKey: held === "ctrlKey",
  metaKey: held === "metaKey",
  altKey: more.altKey ?? false,
});

test("the keys that save and print lead nowhere, on every system and with Shift (C5)", () => {
  for (const held of ["ctrlKey", "metaKey"] as const)
    for (const letter of ["s", "S", "p", "P"]) {
      expect(isWayOut(press(letter, held), false)).toBe(true);
      expect(isWayOut(press(letter, held), true)).toBe(true);
    }
});

test("a layout without Latin letters has the same keys (C5)", () => {
  expect(isWayOut(press("ы", "ctrlKey", { code: "KeyS" }), false)).toBe(true);
  expect(isWayOut(press("з", "ctrlKey", { code: "KeyP" }), true)).toBe(true);
});

test("a layout with its letters elsewhere is judged by what stands on the key", () => {
  expect(isWayOut(press("o", "ctrlKey", { code: "KeyS" }), false)).toBe(false);
});

test("all is marked only inside a field (C5)", () => {
  expect(isWayOut(press("a", "ctrlKey"), false)).toBe(true);
  expect(isWayOut(press("a", "metaKey"), true)).toBe(false);
});

test("typing and the browser's other keys are left alone", () => {
  expect(isWayOut(press("s", undefined), true)).toBe(false);
  expect(isWayOut(press("s", "ctrlKey", { altKey: true }), true)).toBe(false);
  for (const letter of ["c", "v", "x", "z", "f", "r", "+"])
    expect(isWayOut(press(letter, "ctrlKey"), true)).toBe(false);
});

test("a menu opens only where one edits, and with a mouse only while nothing is marked (C5)", () => {
  expect(mayHaveMenu({ inField: false, marked: false, byTouch: false })).toBe(false);
  expect(mayHaveMenu({ inField: false, marked: false, byTouch: true })).toBe(false);
  expect(mayHaveMenu({ inField: true, marked: true, byTouch: false })).toBe(false);
  expect(mayHaveMenu({ inField: true, marked: false, byTouch: false })).toBe(true);
  expect(mayHaveMenu({ inField: true, marked: true, byTouch: true })).toBe(true);
});
