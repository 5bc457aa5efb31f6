/** Starts the worker with the keys and returns the client library as seen from the page. */
import type { NimesClient } from "@nimes/client/nimes-client";
import * as Comlink from "comlink";
import address from "./client-worker.ts?worker&url";

type ScriptAddress = { createScriptURL(input: string): string };
type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL: (input: string) => string }): ScriptAddress;
};

export type KeyWorker = {
  /** Stays the same whatever worker is behind it. */
  client: NimesClient;
  /** Ends the worker with all that is in its memory, and starts another one, which knows no key. */
  restart(): void;
};

/**
 * @param onCrash called when a worker cannot be loaded or dies of an error that nobody caught.
 */
export function startWorker(onCrash: () => void): KeyWorker {
  const scriptAddress = workerAddress();
  const start = () => {
    const worker = new Worker(scriptAddress, { type: "module", name: "nimes" });
    worker.addEventListener("error", onCrash);
    return { worker, remote: Comlink.wrap<NimesClient>(worker) };
  };
  let current = start();
  const client = new Proxy({} as NimesClient, {
    get: (_, name: keyof NimesClient) =>
      name === "subscribe"
        ? (listener: Parameters<NimesClient["subscribe"]>[0]) =>
            current.remote.subscribe(Comlink.proxy(listener))
        : current.remote[name],
  });
  return {
    client,
    restart() {
      current.worker.terminate();
      current = start();
    },
  };
}

/** The content security policy allows one policy, `nimes`, and the policy allows one address. */
function workerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return address;
  return trustedTypes.createPolicy("nimes", { createScriptURL: () => address }).createScriptURL(address);
}
