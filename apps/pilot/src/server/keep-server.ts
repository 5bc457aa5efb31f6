/** Keeps the server running: what dies unexpectedly is started again, with growing pauses. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { Stop } from "@nimes/cli/stop";
import type { PilotTexts } from "../texts.ts";
import type { ServerSetup } from "./server-process.ts";
import { endServerProcess, startServerProcess } from "./server-process.ts";

const pausesMs = [0, 1_000, 2_000, 5_000, 10_000];

export type KeptServer = {
  end(): Promise<void>;
  /** Rejects when the server cannot be kept running any more. */
  failed: Promise<never>;
};

/** @throws Stop when it does not start the first time; `ServerStopped` carries its own exit code. */
export async function keepServer(
  texts: PilotTexts,
  setup: ServerSetup,
  say: (sentence: string) => void,
): Promise<KeptServer> {
  let ending = false;
  let current: ChildProcess | undefined;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Without a listener of its own a rejection nobody waits for yet would end the process.
  failed.catch(() => undefined);

  function watch(child: ChildProcess): void {
    current = child;
    child.once("exit", (code, signal) => {
      if (ending) return;
      say(texts.serverDied(signal ?? `${code}`));
      restart().catch(fail);
    });
  }
  async function restart(): Promise<void> {
    for (const pauseMs of pausesMs) {
      await pause(pauseMs, undefined, { ref: false });
      if (ending) return;
      const started = await startServerProcess(setup);
      if (started.outcome === "ready") {
        if (ending) return endServerProcess(started.process);
        watch(started.process);
        return say(texts.serverBack);
      }
      say(sentenceFor(started) ?? texts.serverFailed(setup.logFile));
    }
    throw new Stop("fault", texts.serverGaveUp(pausesMs.length));
  }

  const first = await startServerProcess(setup);
  if (first.outcome === "failed")
    throw new ServerStopped(first.exitCode ?? 1, sentenceFor(first) ?? texts.serverFailed(setup.logFile));
  watch(first.process);
  return {
    failed,
    async end() {
      ending = true;
      if (current) await endServerProcess(current);
    },
  };
}

/** What the server said, if it ended in order: after a fault the last line is a piece of a stack. */
function sentenceFor({
  exitCode,
  sentence,
}: {
  exitCode: number | null;
  sentence: string;
}): string | undefined {
  const inOrder = exitCode !== null && exitCode > 1 && sentence !== "";
  return inOrder ? sentence : undefined;
}

/** The server said why it does not start; its exit code becomes the pilot's. */
export class ServerStopped extends Error {
  override readonly name = "ServerStopped";
  readonly exitCode: number;

  constructor(exitCode: number, sentence: string) {
    super(sentence);
    this.exitCode = exitCode;
  }
}
