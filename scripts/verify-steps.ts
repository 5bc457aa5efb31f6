/** The steps of `npm run verify`: types, lint and import directions, dead code, texts, citations, and the quick tests. */
import { readVitest } from "./reports.ts";
import type { Outcome } from "./steps.ts";
import { runStep, runTests } from "./steps.ts";

export function verifySteps(): Outcome[] {
  return [
    runStep("types", "tsc", ["-p", "."]),
    runStep("lint, format and import directions", "biome", ["check", "."]),
    runStep("dead code", "knip", ["--no-progress"]),
    runStep("texts", "npm", ["run", "--silent", "check:texts", "-w", "@nimes/messenger"]),
    runStep("citations of tests in the documents", "node", ["scripts/check-citations.ts"]),
    runVitest("unit and contract tests", "quick"),
  ];
}

/** @param project of vitest.config.ts. */
export const runVitest = (name: string, project: "quick" | "long"): Outcome =>
  runTests(
    name,
    (report) => ({
      command: "vitest",
      args: [
        "run",
        "--project",
        project,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ],
    }),
    readVitest,
  );
