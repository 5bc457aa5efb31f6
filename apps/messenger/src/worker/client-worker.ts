/**
 * The worker that holds all keys. The page reaches the client library only through this door, so that nothing that
 * runs in the page can read a key, and terminating the worker closes everything.
 */
import type { Change, NimesClient } from "@nimes/client/nimes-client";
import * as Comlink from "comlink";
import { openBrowserClient } from "./open-browser-client.ts";

const opening = openBrowserClient();

/** Functions cannot be cloned: the end of a subscription goes back as a proxy. */
const subscribe = async (listener: (change: Change) => void) =>
  Comlink.proxy(await (await opening).subscribe(listener));

const door = new Proxy({} as NimesClient, {
  get: (_, name: keyof NimesClient) =>
    name === "subscribe"
      ? subscribe
      : async (...args: unknown[]) => {
          const client = await opening;
          const method = client[name] as (...args: unknown[]) => unknown;
          return await method.apply(client, args);
        },
});

Comlink.expose(door);
