/** The server as a process of its own, with everything it logs in a file: as in real use. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@nimes/protocol/bytes";
import type { ServerConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";

const main = join(import.meta.dirname, "../../../../apps/server/src/main.ts");

export type ServerProcess = RunningServer & {
  /** SIGKILL: no chance to finish anything. */
  kill(): Promise<void>;
};

/** The log lies in the data folder, at its most talkative. @param limit how many files and connections it may have open. */
export async function startServerProcess(
  config: ServerConfig,
  limit: { descriptors?: number } = {},
): Promise<ServerProcess> {
  mkdirSync(config.appFolder, { recursive: true });
  writeFileSync(join(config.appFolder, "index.html"), "");
  const { descriptors } = limit;
  const [program, ...args] =
    descriptors === undefined
      ? [process.execPath, main]
      : ["bash", "-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, main];
  const child = spawn(program ?? "", args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NIMES_ORG_ROOT: toHex(config.rootHash),
      NIMES_ADDRESS: config.address,
      NIMES_PORT: String(config.port),
      NIMES_DATA: config.dataFolder,
      NIMES_APP: config.appFolder,
      NIMES_SOURCE: config.sourceFile,
      NIMES_LOG_LEVEL: "debug",
      ...(config.port !== 0 && { NIMES_PUBLIC_URL: config.publicUrl }),
    },
  });
  const log = createWriteStream(join(config.dataFolder, "server.log"), { flags: "a" });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    let heard = "";
    child.stdout.on("data", (chunk: Buffer) => {
      heard += chunk.toString("utf8");
      const ready = /NIMes is ready: (\S+)/.exec(heard)?.[1];
      if (ready) resolve(ready);
    });
    child.once("exit", () => reject(new Error(`the server ended before it was ready: ${heard}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
