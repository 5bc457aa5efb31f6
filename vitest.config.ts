import { defineConfig } from "vitest/config";

/** Whole servers, killed processes, simulated officers, thousands of entries: minutes that `npm test` has. */
const long = [
  "packages/testing/src/{scenarios,simulation}/**/*.test.ts",
  "apps/pilot/**/*.test.ts",
  "apps/server/src/{main,kill,descriptors,pin-guesses-mixed}.test.ts",
  "apps/server/src/{gateway/limits,routes/input}.test.ts",
  "apps/cli/src/{main,faults,handbook,handbook-server,lost-server}.test.ts",
  "scripts/kinds.test.ts",
];

const every = [
  "packages/**/*.test.ts",
  "apps/**/*.test.{ts,tsx}",
  "scripts/**/*.test.ts",
  "bench/**/*.test.ts",
];

export default defineConfig({
  test: {
    environment: "node",
    // Two cores are the floor that the project is measured on; more workers than cores only slow the tests down.
    maxWorkers: 2,
    // A slow machine is no failure: conditions are waited for as long as a test may take.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    passWithNoTests: false,
    projects: [
      { extends: true, test: { name: "quick", include: every, exclude: [...long, "**/node_modules/**"] } },
      { extends: true, test: { name: "long", include: long } },
    ],
  },
});
