/** `npm test`: everything of verify, the long tests, a minute of the simulation behind an inventing server, then the browser tests. */
import { ensureChromium } from "./chromium.ts";
import { ensureFirefox } from "./firefox.ts";
import { readPlaywright, readSimulation } from "./reports.ts";
import { finish, runStep, runTests } from "./steps.ts";
import { runVitest, verifySteps } from "./verify-steps.ts";

let chromium: string;
let firefox: string | undefined;
try {
  chromium = ensureChromium();
  firefox = ensureFirefox();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

if (!firefox)
  console.log(
    "No Firefox found: its tests are left out (Debian: apt-get install firefox-esr, or set FIREFOX to its path).",
  );

finish([
  ...verifySteps(),
  runVitest("scenarios and whole processes", "long"),
  // Fresh seeds each time: it prints how one that fails is repeated.
  runTests(
    "a minute of officers behind a server that invents",
    (report) => ({
      command: "node",
      args: [
        "packages/testing/src/simulation/main.ts",
        "--seconds",
        "60",
        "--hostile",
        "--confirm",
        "--report",
        report,
      ],
    }),
    readSimulation,
  ),
  runStep("build", "npm", ["run", "--silent", "build", "-w", "@nimes/messenger"]),
  runTests(
    "browser tests",
    (report) => ({
      command: "playwright",
      args: ["test", "--config", "e2e/playwright.config.ts"],
      env: { CHROMIUM: chromium, ...(firefox && { FIREFOX: firefox }), PLAYWRIGHT_JSON_OUTPUT_NAME: report },
    }),
    readPlaywright,
  ),
]);
