/** Runs the steps of `verify` and `test` one after the other, counts what the test runners report and names what failed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How many tests passed, and the names of those that failed. */
export type Outcome = { passed: number; failed: readonly string[] };

const root = join(import.meta.dirname, "..");

/** Runs a program found on the PATH that npm sets; a step that fails counts as one failure. */
export function runStep(name: string, command: string, args: readonly string[]): Outcome {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  return status === 0 ? { passed: 1, failed: [] } : { passed: 0, failed: [name] };
}

/**
 * Runs a test runner that writes a JSON report, and reads the outcome from it.
 * @param run command, arguments and environment for a given report file.
 * @param read the outcome in the parsed report.
 */
export function runTests(
  name: string,
  run: (report: string) => { command: string; args: readonly string[]; env?: NodeJS.ProcessEnv },
  read: (report: unknown) => Outcome,
): Outcome {
  console.log(`\n── ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "nimes-report-"));
  const report = join(folder, "report.json");
  try {
    const { command, args, env } = run(report);
    const { status } = spawnSync(command, args, {
      cwd: root,
      stdio: "inherit",
      // The many processes that tests start compile the same sources: once is enough.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled"), ...env },
    });
    const outcome = read(JSON.parse(readFileSync(report, "utf8")));
    // A runner that fails without a failed test (a crash, an unhandled error) must not look green.
    return status !== 0 && outcome.failed.length === 0
      ? { ...outcome, failed: [`${name}: the runner ended with ${status}`] }
      : outcome;
  } catch (error) {
    return {
      passed: 0,
      failed: [`${name}: no report (${error instanceof Error ? error.message : error})`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the names of what failed and, as the last line, the sums; ends the process. */
export function finish(all: readonly Outcome[]): never {
  const passed = all.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = all.flatMap((outcome) => outcome.failed);
  for (const name of failed) console.log(`\n✗ ${name}`);
  console.log(`\n${passed} passed, ${failed.length} failed`);
  process.exit(failed.length === 0 ? 0 : 1);
}
