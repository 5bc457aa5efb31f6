/** Starts the worker with the keys and returns the client library as seen from the page. */
import type { NimesClient } from "@nimes/client/nimes-client";
import * as Comlink from "comlink";
import address from "./client-worker.ts?worker&url";

type ScriptAddress = { createScriptURL(input: string): string };
type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL: (input: string) => string }): ScriptAddress;
};

/**
 * @param onCrash called when the worker cannot be loaded or dies of an error that nobody caught.
 */
export function startWorker(onCrash: () => void): NimesClient {
  const worker = new Worker(workerAddress(), { type: "module", name: "nimes" });
  worker.addEventListener("error", onCrash);
  const remote = Comlink.wrap<NimesClient>(worker);
  return new Proxy(remote, {
    get: (target, name, receiver) =>
      name === "subscribe"
        ? (listener: Parameters<NimesClient["subscribe"]>[0]) => target.subscribe(Comlink.proxy(listener))
        : Reflect.get(target, name, receiver),
  }) as unknown as NimesClient;
}

/** The content security policy allows one policy, `nimes`, and the policy allows one address. */
function workerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return address;
  return trustedTypes.createPolicy("nimes", { createScriptURL: () => address }).createScriptURL(address);
}
