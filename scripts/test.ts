/** `npm test`: everything of verify, then the browser tests. */
import { ensureChromium } from "./chromium.ts";
import { readPlaywright } from "./reports.ts";
import { finish, runStep, runTests } from "./steps.ts";
import { verifySteps } from "./verify-steps.ts";

let chromium: string;
try {
  chromium = ensureChromium();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

finish([
  ...verifySteps(),
  runStep("build", "npm", ["run", "--silent", "build", "-w", "@nimes/messenger"]),
  runTests(
    "browser tests",
    (report) => ({
      command: "playwright",
      args: ["test", "--config", "e2e/playwright.config.ts"],
      env: { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    }),
    readPlaywright,
  ),
]);
