/**
 * The service worker: between the page and the server's files. It serves the app only from a release whose every file
 * is as the organisation signed it. It has no access to keys: it opens no database, sees no message and no PIN, passes
 * what the app says to the server's routes without looking, and keeps nothing but public files.
 *
 * What it cannot do: a server that delivers another service worker has replaced it (docs/adr/0019).
 */
import { answer, goesToServer } from "./answer.ts";
import { fetchFrom } from "./fetch-file.ts";
import { createReleaseKeeper } from "./release-keeper.ts";
import { cacheStorageStore } from "./release-store.ts";
import type { ServiceWorkerScope } from "./scope.ts";

const scope = globalThis as unknown as ServiceWorkerScope;
const { origin } = scope.location;
const keeper = createReleaseKeeper({
  store: cacheStorageStore(scope.caches, origin),
  fetchBytes: fetchFrom((address, how) => scope.fetch(address, how), origin),
});

// A newer service worker is used at once: what it serves stands in the caches, not in its code.
scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (goesToServer(request, origin)) return;
  event.respondWith(answer(keeper, request, origin));
  // Even an app that does not ask gets the release that mends it.
  if (request.mode === "navigate") event.waitUntil(keeper.update().catch(() => undefined));
});

/** The page asks how the app stands, or how far it is, and gets the answer through the port that it sends along. */
scope.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (!port) return;
  if (event.data === "progress") keeper.onProgress((percent) => port.postMessage(percent));
  if (event.data === "standing")
    event.waitUntil(keeper.update().then((standing) => port.postMessage(standing)));
});
