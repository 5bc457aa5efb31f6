/** The server as a process of its own, so that it can die and come back while everything else goes on. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createWriteStream, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export type ServerSetup = {
  checkout: string;
  port: number;
  dataFolder: string;
  /** The signed messenger. */
  appFolder: string;
  logFile: string;
  pidFile: string;
  /** 64 hexadecimal characters. */
  rootHash: string;
  publicUrl: string;
  extraOrigins: readonly string[];
};

export type StartOutcome =
  | { outcome: "ready"; process: ChildProcess }
  /** `sentence`: what the server said last; empty when it said nothing. */
  | { outcome: "failed"; exitCode: number | null; sentence: string };

/** What the server prints once it takes connections. */
const readyLine = "NIMes is ready";

/** Starts the server. Resolves when it takes connections or has ended. */
export function startServerProcess(setup: ServerSetup): Promise<StartOutcome> {
  const { checkout, pidFile } = setup;
  const preload = pathToFileURL(join(import.meta.dirname, "end-with-parent.ts")).href;
  const child = spawn(process.execPath, ["--import", preload, join(checkout, "apps/server/src/main.ts")], {
    cwd: checkout,
    env: {
      ...process.env,
      NIMES_ADDRESS: "127.0.0.1",
      NIMES_PORT: String(setup.port),
      NIMES_DATA: setup.dataFolder,
      NIMES_APP: setup.appFolder,
      NIMES_ORG_ROOT: setup.rootHash,
      NIMES_PUBLIC_URL: setup.publicUrl,
      NIMES_EXTRA_ORIGINS: setup.extraOrigins.join(","),
      NIMES_LOG_LEVEL: process.env.NIMES_LOG_LEVEL ?? "warn",
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches the pilot alone, which ends the server when everybody has said goodbye.
    detached: true,
  });
  if (child.pid !== undefined) writeFileSync(pidFile, `${child.pid}\n`, { mode: 0o600 });
  const log = createWriteStream(setup.logFile, { flags: "a", mode: 0o600 });
  let said = "";
  let complaint = "";
  child.stderr?.on("data", (data: Buffer) => {
    complaint = (complaint + data.toString()).slice(-4000);
    log.write(data);
  });
  child.once("exit", () => rmSync(pidFile, { force: true }));
  child.once("close", () => log.end());
  return new Promise((resolve) => {
    child.stdout?.on("data", (data: Buffer) => {
      log.write(data);
      if (said.includes(readyLine)) return;
      said += data.toString();
      if (said.includes(readyLine)) resolve({ outcome: "ready", process: child });
    });
    child.once("error", (error) => resolve({ outcome: "failed", exitCode: null, sentence: error.message }));
    child.once("close", (exitCode) =>
      resolve({ outcome: "failed", exitCode, sentence: complaint.trim().split("\n").at(-1) ?? "" }),
    );
  });
}

/** Ends the server and waits for it; after `patienceMs` by force. */
export async function endServerProcess(child: ChildProcess, patienceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await exited;
  clearTimeout(force);
}
