/** The server as an operator starts it, in a process of its own, with a data folder on this machine's disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@nimes/protocol/bytes";

export type ServerProcess = {
  readonly url: string;
  /** Resident memory now, bytes. */
  residentBytes(): number;
  /** Processor time so far, seconds: what other programs on the machine hardly change. */
  cpuSeconds(): number;
  /** Ends it and starts a fresh process with the same data on the same port. */
  restart(): Promise<void>;
  end(): Promise<void>;
};

const main = join(import.meta.dirname, "../../../apps/server/src/main.ts");
/** For looking into a result: options for the server's Node, e.g. `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
const nodeOptions = (): string[] => (process.env.NIMES_BENCH_NODE_OPTIONS ?? "").split(" ").filter(Boolean);

export async function startServerProcess(rootHash: Uint8Array): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "nimes-bench-"));
  writeFileSync(join(folder, "index.html"), "");
  const startAt = (port: string): ChildProcess =>
    spawn(process.execPath, [...nodeOptions(), main], {
      env: {
        ...process.env,
        NIMES_ORG_ROOT: toHex(rootHash),
        NIMES_PORT: port,
        NIMES_DATA: join(folder, "data"),
        NIMES_APP: folder,
        NIMES_LOG_LEVEL: "warn",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
  let child = startAt("0");
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const url = await readUrl(child);
  const terminate = async (): Promise<void> => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  };
  return {
    url,
    residentBytes: () => residentBytes(child.pid ?? 0),
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async restart() {
      await terminate();
      child = startAt(new URL(url).port);
      await readUrl(child);
    },
    async end() {
      await terminate();
      process.off("exit", kill);
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

/** In Linux's unit for user space, which is the same on every architecture. */
const ticksPerSecond = 100;

function cpuSeconds(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the command in parentheses; user and system time are the 14th and 15th.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
