import { join } from "node:path";
import { expect, test } from "vitest";
import { collectNotices } from "./notices.ts";

const messenger = join(import.meta.dirname, "..");
const notices = collectNotices(messenger);
const names = notices.map(({ name }) => name);

test("what the page and the worker are made of is named, also what a package brings along", () => {
  expect(names).toEqual(expect.arrayContaining(["react", "virtua", "react-aria", "@wireapp/core-crypto"]));
  expect(names.some((name) => name.startsWith("@nimes/"))).toBe(false);
});

test("every package says its licence", () => {
  expect(notices.filter(({ licence }) => licence === "").map(({ name }) => name)).toEqual([]);
});
