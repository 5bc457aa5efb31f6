/** The server as an operator starts it, in a process of its own, with a data folder on this machine's disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@nimes/protocol/bytes";

export type ServerProcess = {
  readonly url: string;
  /** Resident memory now, bytes. */
  residentBytes(): number;
  end(): Promise<void>;
};

const main = join(import.meta.dirname, "../../../apps/server/src/main.ts");
/** For looking into a result: options for the server's Node, e.g. `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
const nodeOptions = (): string[] => (process.env.NIMES_BENCH_NODE_OPTIONS ?? "").split(" ").filter(Boolean);

export async function startServerProcess(rootHash: Uint8Array): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "nimes-bench-"));
  const child = spawn(process.execPath, [...nodeOptions(), main], {
    env: {
      ...process.env,
      NIMES_ORG_ROOT: toHex(rootHash),
      NIMES_PORT: "0",
      NIMES_DATA: folder,
      NIMES_LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const killed = (): void => void child.kill("SIGKILL");
  process.once("exit", killed);
  const url = await readUrl(child);
  return {
    url,
    residentBytes: () => residentBytes(child.pid ?? 0),
    async end() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      process.off("exit", killed);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data) => {
      text += data;
      const url = /ready: (\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
