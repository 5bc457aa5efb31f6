import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const run = (...options: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "run.ts"), ...options], { encoding: "utf8" });

test("a bench that does not exist is named, with those that do", () => {
  const { status, stderr } = run("--only", "accept,nothing");
  expect(status).toBe(2);
  expect(stderr).toContain('"nothing"');
  expect(stderr).toMatch(/accept, directory, fanout, idle/);
});

test("an option that does not exist is refused", () => {
  expect(run("--jsn", "report.json").status).toBe(2);
});
