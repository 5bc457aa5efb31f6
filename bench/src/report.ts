/** The report of a whole run: where it ran, with what, and the median of each measurement. */
import { readFileSync } from "node:fs";
import { cpus, release, type as systemType, totalmem } from "node:os";
import { join } from "node:path";
import { median } from "./load/statistics.ts";
import type { Measured, Report } from "./measured.ts";

/** @throws Error for a measurement without runs: it measured nothing. */
export function resultsOf(bench: string, measured: readonly Measured[]): Report["results"] {
  return measured.map(({ metric, unit, runs }) => {
    if (runs.length === 0) throw new Error(`${bench} has no run of "${metric}"`);
    return { bench, metric, value: rounded(median(runs)), unit, runs: runs.map(rounded) };
  });
}

export function describeMachine(): Report["machine"] {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memory: totalmem(),
    os: `${systemType()} ${release()} ${process.arch}`,
  };
}

export function readVersions(): Report["versions"] {
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

/** Five digits: what is behind them is noise. */
const rounded = (value: number): number => Number(value.toPrecision(5));
