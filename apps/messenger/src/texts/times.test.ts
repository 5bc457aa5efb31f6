import { expect, test } from "vitest";
import { dayName, daysAgo, listTime } from "./times.ts";

const now = new Date(2026, 10, 25, 14, 32).getTime();
const at = (day: number, hour = 9, month = 10, year = 2026) => new Date(year, month, day, hour, 5).getTime();

test("days are counted by the calendar, not by 24 hours", () => {
  expect(daysAgo(at(25, 0), now)).toBe(0);
  expect(daysAgo(at(24, 23), now)).toBe(1);
  // The night in which the clocks are put back has 25 hours.
  expect(daysAgo(at(25, 1, 9), at(26, 1, 9))).toBe(1);
});

test("a list shows the time today, then the day", () => {
  expect(listTime(at(25), now, "de")).toBe("09:05");
  expect(listTime(at(24), now, "de")).toBe("Gestern");
  expect(listTime(at(24), now, "en")).toBe("Yesterday");
  expect(listTime(at(22), now, "de")).toBe("So");
  expect(listTime(at(3), now, "de")).toBe("03.11.26");
});

test("a sender's clock that runs ahead still gives a time", () => {
  expect(listTime(at(26), now, "de")).toBe("09:05");
});

test("a day is named in words, with the year only when it is another", () => {
  expect(dayName(at(25), now, "de")).toBe("Heute");
  expect(dayName(at(3), now, "de")).toBe("Dienstag, 3. November");
  expect(dayName(at(3, 9, 10, 2025), now, "de")).toBe("Montag, 3. November 2025");
});
