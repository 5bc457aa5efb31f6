/** Reads the JSON reports of the test runners and of the simulation. */
import type { Outcome } from "./steps.ts";

type VitestReport = {
  testResults: readonly {
    name: string;
    status: string;
    message: string;
    assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
  }[];
};

type PlaywrightSuite = {
  file: string;
  suites?: readonly PlaywrightSuite[];
  specs: readonly {
    title: string;
    tests: readonly {
      status: "expected" | "unexpected" | "flaky" | "skipped";
      results: readonly { error?: { message?: string } }[];
    }[];
  }[];
};

/** Vitest's report; a file that could not be run at all counts as one failure. */
export function readVitest(report: unknown): Outcome {
  const files = (report as VitestReport).testResults;
  return {
    passed: files.flatMap((file) => file.assertionResults).filter((test) => test.status === "passed").length,
    failed: files.flatMap(({ name, status, message, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === "failed");
      if (tests.length === 0 && status === "failed") return [line(name, "", message)];
      return tests.map((test) => line(name, test.fullName, test.failureMessages[0]));
    }),
  };
}

/** Playwright's report; a test that passed only at a second try failed. */
export function readPlaywright(report: unknown): Outcome {
  const specs = (report as { suites: readonly PlaywrightSuite[] }).suites.flatMap(specsOf);
  return {
    passed: specs.filter(({ status }) => status === "expected").length,
    failed: specs
      .filter(({ status }) => status === "unexpected" || status === "flaky")
      .map(({ file, title, error }) => line(file, title, error)),
  };
}

/** The simulation's figures; each world is a test. */
export function readSimulation(report: unknown): Outcome {
  const { worlds, failed, hostile } = report as {
    worlds: number;
    failed: readonly number[];
    hostile: boolean;
  };
  return {
    passed: worlds - failed.length,
    failed: failed.map(
      (seed) => `simulation: npm run simulate -- --seed ${seed}${hostile ? " --hostile" : ""}`,
    ),
  };
}

function specsOf(
  suite: PlaywrightSuite,
): { file: string; title: string; status: string; error: string | undefined }[] {
  return [
    ...suite.specs.flatMap(({ title, tests }) =>
      tests.map(({ status, results }) => ({
        file: suite.file,
        title,
        status,
        error: results.find((result) => result.error)?.error?.message,
      })),
    ),
    ...(suite.suites ?? []).flatMap(specsOf),
  ];
}

function line(file: string, title: string, message: string | undefined): string {
  return [file, title, ...(message ?? "").split("\n").slice(0, 6)].filter(Boolean).join("\n  ");
}
