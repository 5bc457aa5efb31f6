/**
 * The worker that holds all keys. The page reaches the client library only through this door, so that nothing that
 * runs in the page can read a key, and terminating the worker closes everything.
 */
import type { ClientState, News, NimesClient } from "@nimes/client/nimes-client";
import * as Comlink from "comlink";
import { openBrowserClient } from "./open-browser-client.ts";

const opening = openBrowserClient();
// Told by the state, whenever the page asks for it.
opening.catch(() => undefined);

/** A browser that does not let the app store anything cannot open it. */
const state = (): Promise<ClientState> =>
  opening.then(
    (client) => client.state(),
    () => ({ state: "failed", code: "device-storage-refused" }),
  );

/** Functions cannot be cloned: the end of a subscription goes back as a proxy. */
const subscribe = async (listener: (change: News) => void) =>
  Comlink.proxy(
    await opening.then(
      (client) => client.subscribe(listener),
      () => () => undefined,
    ),
  );

const door = new Proxy({} as NimesClient, {
  get: (_, name: keyof NimesClient) => {
    if (name === "subscribe") return subscribe;
    if (name === "state") return state;
    return async (...args: unknown[]) => {
      const client = await opening;
      const method = client[name] as (...args: unknown[]) => unknown;
      return await method.apply(client, args);
    };
  },
});

Comlink.expose(door);
