import { expect, test } from "vitest";
import { readPlaywright, readSimulation, readVitest } from "./reports.ts";

test("vitest: passed tests are counted, failed ones named, a file that could not run counts once", () => {
  const report = {
    testResults: [
      {
        name: "a.test.ts",
        status: "failed",
        message: "",
        assertionResults: [
          { fullName: "adds", status: "passed", failureMessages: [] },
          {
            fullName: "subtracts",
            status: "failed",
            failureMessages: ["expected 1 to be 2\n  at a.test.ts"],
          },
        ],
      },
      { name: "b.test.ts", status: "failed", message: "Cannot find module", assertionResults: [] },
    ],
  };
  expect(readVitest(report)).toEqual({
    passed: 1,
    failed: [
      "a.test.ts\n  subtracts\n  expected 1 to be 2\n    at a.test.ts",
      "b.test.ts\n  Cannot find module",
    ],
  });
});

test("playwright: tests in groups are found; one that passed only at a second try failed", () => {
  const spec = (title: string, status: string, message?: string) => ({
    title,
    tests: [{ status, results: [message === undefined ? {} : { error: { message } }] }],
  });
  const report = {
    suites: [
      {
        file: "lock.test.ts",
        specs: [spec("opens", "expected"), spec("closes", "unexpected", "Timeout")],
        suites: [{ file: "lock.test.ts", specs: [spec("waits", "flaky", "Late")] }],
      },
    ],
  };
  expect(readPlaywright(report)).toEqual({
    passed: 1,
    failed: ["lock.test.ts\n  closes\n  Timeout", "lock.test.ts\n  waits\n  Late"],
  });
});

test("simulation: each world is a test, and one that failed is named by what repeats it", () => {
  expect(readSimulation({ worlds: 5, failed: [], hostile: false })).toEqual({ passed: 5, failed: [] });
  expect(readSimulation({ worlds: 5, failed: [17], hostile: true })).toEqual({
    passed: 4,
    failed: ["simulation: npm run simulate -- --seed 17 --hostile"],
  });
});
