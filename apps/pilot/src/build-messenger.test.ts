import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needsBuild } from "./build-messenger.ts";

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "nimes-checkout-"));
  touch("apps/messenger/src/app/app.tsx", 100);
  touch("packages/client/src/core/view.ts", 100);
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function touch(path: string, seconds: number): void {
  const file = join(checkout, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "");
  utimesSync(file, seconds, seconds);
}

test("what is missing is built, and what is newer than its sources is not", () => {
  expect(needsBuild(checkout)).toBe(true);
  touch("apps/messenger/dist/index.html", 200);
  expect(needsBuild(checkout)).toBe(false);
});

test.for([
  "apps/messenger/src/rooms/new.tsx",
  "packages/client/src/core/view.ts",
  "packages/protocol/src/limits.ts",
  "apps/messenger/index.html",
  "package-lock.json",
])("a newer %s means a build", (path) => {
  touch("apps/messenger/dist/index.html", 200);
  touch(path, 300);
  expect(needsBuild(checkout)).toBe(true);
});

test("a test is no source", () => {
  touch("apps/messenger/dist/index.html", 200);
  touch("packages/client/src/core/view.test.ts", 300);
  expect(needsBuild(checkout)).toBe(false);
});
