import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { brokenCitations, titlesOf } from "./cited-tests.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nimes-cited-"));
  writeFileSync(
    join(root, "lock.test.ts"),
    [
      'test("a lock closes (A8)", () => {});',
      'test.each(["x", "y"])("one of %s closes", async () => {});',
      'test("a lock opens again", { timeout: 5 }, async ({ page }) => {});',
      'log("not a test", 5);',
    ].join("\n"),
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function brokenIn(text: string): string[] {
  writeFileSync(join(root, "promises.md"), text);
  return brokenCitations(root, "promises.md");
}

test("titles are those of tests, also of tests for each case and with options", () => {
  expect(titlesOf('test("a", () => {});\nexpect(f("b", 1));\ntest.each([1])("c %s", (n) => n);')).toEqual([
    "a",
    "c %s",
  ]);
});

test("a test with more at hand is a test under its own name", () => {
  const source =
    'const release = test.extend<{ pilot: Pilot }>({});\nrelease(\n  "d",\n  async ({ page }) => {},\n);';
  expect(titlesOf(source)).toEqual(["d"]);
});

test("citations of tests that exist are in order, several behind one file, whole or by their beginning", () => {
  expect(brokenIn("[lock](lock.test.ts) “a lock closes (A8)”, “one of %s closes”, “a lock opens…”")).toEqual(
    [],
  );
});

test.each([
  ["a file that is gone", "[gone](gone.test.ts)"],
  ["a title that was changed", "[lock](lock.test.ts) “a lock closes”"],
  ["a beginning that several have", "[lock](lock.test.ts) “a lock…”"],
  ["a beginning that says nothing", "[lock](lock.test.ts) “…”"],
  ["what is no test", "[lock](lock.test.ts) “not a test”"],
  ["a title without a file on its line", "[lock](lock.test.ts)\n“a lock closes (A8)”"],
])("%s is named with its line", (_what, text) => {
  expect(brokenIn(text)).toEqual([expect.stringMatching(/^promises\.md:[12]: /)]);
});
