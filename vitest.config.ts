import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/**/*.test.ts",
      "apps/**/*.test.{ts,tsx}",
      "scripts/**/*.test.ts",
      "bench/**/*.test.ts",
    ],
    environment: "node",
    // Two cores are the floor that the project is measured on; more workers than cores only slow the tests down.
    maxWorkers: 2,
    testTimeout: 30_000,
    passWithNoTests: false,
  },
});
