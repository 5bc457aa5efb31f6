/**
 * What the service worker keeps, all in Cache Storage and all of it public: the files of at most three releases, each
 * verified before it came here, and which of them is in use. No answer of a route, no attachment, no key (C1).
 */
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { Pin } from "./judge-offer.ts";

export type ReleaseState = {
  format: 2;
  pin: Pin;
  /** The release in use. */
  active: string;
  /** The one before: a tab that was opened with it still loads its screens. */
  previous?: string;
  /** Whole and verified; used from the next start on. */
  next?: string;
};

export type ReleaseStore = {
  readState(): Promise<ReleaseState | undefined>;
  writeState(state: ReleaseState): Promise<void>;
  /** @returns the kept answer itself, so that the browser can use the code that it compiled for it. */
  read(release: string, path: string): Promise<Response | undefined>;
  /** @throws Error when there is no space. */
  write(release: string, path: string, bytes: Uint8Array): Promise<void>;
  forgetAllBut(releases: readonly string[]): Promise<void>;
};

const stateCache = "nimes-state";
const releaseCache = (release: string): string => `nimes-release-${release}`;

export function cacheStorageStore(caches: CacheStorage, origin: string): ReleaseStore {
  const keyOf = (path: string): string => origin + path;
  return {
    async readState() {
      const kept = await caches.match(keyOf("/state"), { cacheName: stateCache });
      return readKept(await kept?.json().catch(() => undefined));
    },
    async writeState(state) {
      const cache = await caches.open(stateCache);
      await cache.put(keyOf("/state"), Response.json(state));
    },
    read: (release, path) => caches.match(keyOf(path), { cacheName: releaseCache(release) }),
    async write(release, path, bytes) {
      const cache = await caches.open(releaseCache(release));
      await cache.put(keyOf(path), answerWith(path, bytes));
    },
    async forgetAllBut(releases) {
      const kept = new Set([stateCache, ...releases.map(releaseCache)]);
      const names = await caches.keys();
      await Promise.all(names.filter((name) => !kept.has(name)).map((name) => caches.delete(name)));
    },
  };
}

/**
 * What this browser goes by. Before format 2 it was not written down whose signature a release had: the root and its
 * version stay pinned, and the next release begins the count.
 */
export function readKept(kept: unknown): ReleaseState | undefined {
  const state = kept as ReleaseState | (Omit<ReleaseState, "format"> & { format: 1 }) | undefined | null;
  switch (state?.format) {
    case 2:
      return state;
    case 1:
      return { ...state, format: 2, pin: { ...state.pin, floors: {} } };
    default:
      return undefined;
  }
}

const mediaTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/** A file with our own headers: whatever the server sent beside it does not count. */
function answerWith(path: string, bytes: Uint8Array): Response {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  const type = mediaTypes[ending] ?? "application/octet-stream";
  return new Response(Uint8Array.from(bytes), { headers: { ...securityHeaders, "content-type": type } });
}
