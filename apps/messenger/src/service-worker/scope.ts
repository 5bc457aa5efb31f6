/** What is used of a service worker's global scope; the page's types do not know it. */
export type WaitingEvent = Event & { waitUntil(work: Promise<unknown>): void };
export type FetchEvent = WaitingEvent & {
  readonly request: Request;
  respondWith(answer: Promise<Response> | Response): void;
};
export type ServiceWorkerScope = {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly fetch: typeof globalThis.fetch;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install", listener: (event: WaitingEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: WaitingEvent & MessageEvent) => void): void;
};
