import { expect, test } from "vitest";
import { plausibleNow } from "./plausible-now.ts";

const hour = 60 * 60_000;
const year = 365 * 24 * hour;
const today = Date.UTC(2026, 10, 30);
const letter = { validFrom: today - 24 * hour, validUntil: today + year };
const longAgo = Date.UTC(2020, 0, 1);

test("a clock that is some hours off follows the server's (F12)", () => {
  expect(plausibleNow(today + 20 * hour, -20 * hour, letter)).toBe(today);
  expect(plausibleNow(today - 20 * hour, 20 * hour, letter)).toBe(today);
});

test.each([-10 * year, -49 * hour, 49 * hour, 10 * year])(
  "nothing that the server says takes a plausible clock further away (%i ms)",
  (lieMs) => {
    expect(plausibleNow(today, lieMs, letter)).toBe(today);
  },
);

test("a clock that stands before the own letter follows the server", () => {
  expect(plausibleNow(longAgo, today - longAgo, letter)).toBe(today);
});

test("to a clock that stands before the own letter the server names no time outside of the letter's", () => {
  expect(plausibleNow(longAgo, -year, letter)).toBe(letter.validFrom);
  expect(plausibleNow(longAgo, 100 * year, letter)).toBe(letter.validUntil);
});

test("as long as no letter was verified only the own clock counts", () => {
  expect(plausibleNow(longAgo, today - longAgo, undefined)).toBe(longAgo);
});
