/** Runs the steps of `verify` and `test` one after the other and counts what the test runners report. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Counts = { passed: number; failed: number };

const root = join(import.meta.dirname, "..");

/** Runs a program found on the PATH that npm sets; a step that fails counts as one failure. */
export function runStep(name: string, command: string, args: readonly string[]): Counts {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs a test runner that writes a JSON report, and reads the counts from it.
 * @param run command, arguments and environment for a given report file.
 * @param read counts from the parsed report.
 */
export function runTests(
  name: string,
  run: (report: string) => { command: string; args: readonly string[]; env?: NodeJS.ProcessEnv },
  read: (report: unknown) => Counts,
): Counts {
  console.log(`\n── ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "nimes-report-"));
  const report = join(folder, "report.json");
  try {
    const { command, args, env } = run(report);
    const { status } = spawnSync(command, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    const counts = read(JSON.parse(readFileSync(report, "utf8")));
    // A runner that fails without a failed test (a crash, an unhandled error) must not look green.
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch (error) {
    console.error(`${name}: no report (${error instanceof Error ? error.message : error})`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds up, prints the closing line and ends the process. */
export function finish(all: readonly Counts[]): never {
  const passed = all.reduce((sum, counts) => sum + counts.passed, 0);
  const failed = all.reduce((sum, counts) => sum + counts.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
