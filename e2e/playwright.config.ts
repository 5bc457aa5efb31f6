import { defineConfig } from "@playwright/test";
import { findChromium } from "../scripts/chromium.ts";

const executablePath = findChromium();
if (!executablePath) throw new Error("No Chromium found: install it, or set CHROMIUM to its path.");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Each worker has a pilot and pages with real core-crypto: two fill two cores.
  workers: 2,
  fullyParallel: false,
  // A slow machine is no failure.
  timeout: 300_000,
  expect: { timeout: 45_000 },
  reporter: [["list"], ["json"]],
  use: {
    headless: true,
    actionTimeout: 45_000,
    locale: "de-DE",
    timezoneId: "Europe/Berlin",
    // No traces: the tracer reads object URLs, which the content security policy forbids and the tests count.
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // The optimising compiler would work longer on each new profile's WebAssembly than the test runs.
        "--js-flags=--liftoff-only",
      ],
    },
  },
});
