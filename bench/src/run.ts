/** `npm run bench -- --json FILE [--only NAME,NAME]`: runs the benches one after the other and writes one report. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, type as systemType, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./load/statistics.ts";
import type { Bench, Report } from "./measured.ts";

const benchFolder = join(import.meta.dirname, "benches");
const names = readdirSync(benchFolder)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

const chosen = readArguments();
const results: Report["results"] = [];
for (const bench of chosen.benches) {
  process.stderr.write(`${bench} …\n`);
  const { run } = (await import(join(benchFolder, `${bench}.ts`))) as { run: Bench };
  for (const { metric, unit, runs } of await run()) {
    const value = rounded(median(runs));
    results.push({ bench, metric, value, unit, runs: runs.map(rounded) });
    process.stderr.write(`  ${metric}: ${value} ${unit}\n`);
  }
}
const report: Report = { machine: machine(), versions: versions(), results };
const text = `${JSON.stringify(report, null, 2)}\n`;
if (chosen.file) writeFileSync(chosen.file, text);
else process.stdout.write(text);
// Load generators leave timers and sockets behind; the report is written.
process.exit(0);

function readArguments(): { file: string | undefined; benches: string[] } {
  try {
    const { values } = parseArgs({ options: { json: { type: "string" }, only: { type: "string" } } });
    const benches = values.only?.split(",").map((name) => name.trim()) ?? names;
    const unknown = benches.find((name) => !names.includes(name));
    if (unknown === undefined) return { file: values.json, benches };
    process.stderr.write(`There is no bench "${unknown}": choose from ${names.join(", ")}.\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
  process.exit(2);
}

function machine(): Report["machine"] {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${systemType()} ${release()} ${process.arch}`,
  };
}

function versions(): Record<string, string> {
  const root = join(import.meta.dirname, "../..");
  const versionIn = (folder: string): string => {
    const { version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    return String(version);
  };
  return {
    nimes: versionIn("."),
    node: process.version,
    v8: process.versions.v8,
    ws: versionIn("node_modules/ws"),
    fastify: versionIn("node_modules/fastify"),
    "better-sqlite3": versionIn("node_modules/better-sqlite3"),
    "core-crypto": versionIn("node_modules/@wireapp/core-crypto"),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
