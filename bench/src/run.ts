/** `npm run bench -- --json FILE [--only NAME,NAME]`: runs the benches one after the other and writes one report. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, Report } from "./measured.ts";
import { describeMachine, readVersions, resultsOf } from "./report.ts";

const benchFolder = join(import.meta.dirname, "benches");
const names = readdirSync(benchFolder)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

// An ordinary end, so that the servers of the benches end with it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const { file, benches } = readArguments();
const results: Report["results"] = [];
let failed = false;
for (const bench of benches) {
  process.stderr.write(`${bench} …\n`);
  try {
    const { run } = (await import(join(benchFolder, `${bench}.ts`))) as { run: Bench };
    const found = resultsOf(bench, await run());
    for (const { metric, value, unit } of found) process.stderr.write(`  ${metric}: ${value} ${unit}\n`);
    results.push(...found);
  } catch (error) {
    // What the others measured is worth having.
    failed = true;
    process.stderr.write(`  failed: ${error instanceof Error ? error.stack : error}\n`);
  }
}
const report: Report = { machine: describeMachine(), versions: readVersions(), results };
const text = `${JSON.stringify(report, null, 2)}\n`;
if (file) writeFileSync(file, text);
else process.stdout.write(text);
// Load generators leave timers and sockets behind; the report is written.
process.exit(failed ? 1 : 0);

function readArguments(): { file: string | undefined; benches: string[] } {
  try {
    const { values } = parseArgs({ options: { json: { type: "string" }, only: { type: "string" } } });
    const chosen = values.only?.split(",").map((name) => name.trim()) ?? names;
    const unknown = chosen.find((name) => !names.includes(name));
    if (unknown === undefined) return { file: values.json, benches: chosen };
    process.stderr.write(`There is no bench "${unknown}": choose from ${names.join(", ")}.\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
  process.exit(2);
}
