/** A pilot in a process of its own: server, built messenger, and letters for people who join. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What `--json` prints for somebody who may join. */
export type Letter = { name: string; unit: string; url: string };

export type PilotProcess = {
  readonly url: string;
  /** None of them used. */
  readonly letters: readonly Letter[];
  end(): Promise<void>;
};

const checkout = join(import.meta.dirname, "../../..");

/** @throws Error with what the pilot printed when it does not get ready. */
export async function startPilotProcess(): Promise<PilotProcess> {
  const folder = mkdtempSync(join(tmpdir(), "nimes-bench-"));
  const options = ["--json", "--port", "0", "--data", folder, "--officers", "0"];
  const child = spawn(process.execPath, [join(checkout, "apps/pilot/src/main.ts"), ...options], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let printed = "";
  child.stderr.on("data", (data) => {
    printed += data;
  });
  const ready = await new Promise<{ url: string; activations: Letter[] }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line));
    });
    child.once("exit", (code) => reject(new Error(`the pilot ended with ${code}:\n${printed}`)));
  });
  return {
    url: ready.url,
    letters: ready.activations,
    async end() {
      child.kill("SIGINT");
      if (child.exitCode === null) await once(child, "exit");
      process.off("exit", kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
