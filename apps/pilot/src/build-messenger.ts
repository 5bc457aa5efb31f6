/** Builds the messenger when there is none, or when something it is made of is newer. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "@nimes/cli/stop";
import type { PilotTexts } from "./texts.ts";

const sources = [
  "apps/messenger/src",
  "apps/messenger/public",
  "apps/messenger/build",
  "apps/messenger/index.html",
  "apps/messenger/vite.config.ts",
  "apps/messenger/package.json",
  "packages/protocol/src",
  "packages/e2ee/src",
  "packages/client/src",
  "package-lock.json",
];

/** Whether the built messenger is older than its sources, or missing. Tests are no sources. */
export function needsBuild(checkout: string): boolean {
  const built = modifiedAt(join(checkout, "apps/messenger/dist/index.html"));
  return built === undefined || sources.some((source) => newest(join(checkout, source)) > built);
}

/** @throws Stop when it cannot be built; what the builder says has been shown. */
export function buildMessenger(texts: PilotTexts, checkout: string): void {
  // What the builder says goes to standard error: standard output may be read by a program.
  const { status } = spawnSync(
    "npm",
    ["run", "--silent", "build", "-w", "@nimes/messenger", "--", "--logLevel", "warn"],
    {
      cwd: checkout,
      stdio: ["ignore", process.stderr.fd, process.stderr.fd],
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  if (status !== 0) throw new Stop("fault", texts.buildFailed);
}

function newest(path: string): number {
  const own = modifiedAt(path);
  if (own === undefined) return 0;
  if (!statSync(path).isDirectory()) return own;
  const times = readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => modifiedAt(join(entry.parentPath, entry.name)) ?? 0);
  return Math.max(0, ...times);
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
