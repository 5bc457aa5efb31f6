/** Where a server delivers what the service worker checks: the first two are signed structures. */
export const releaseFiles = {
  /** The organisation's manifest, which names the release keys. */
  organisation: "/organisation.cbor",
  /** The release manifest. */
  release: "/release.cbor",
  /** Fixed, so that it stays the same registration from release to release. */
  serviceWorker: "/service-worker.js",
} as const;

/** Bounds of a release, so that checking one takes bounded memory. */
export const releaseLimits = {
  maxFiles: 1000,
  maxFileBytes: 32 * 1024 * 1024,
  maxTotalBytes: 96 * 1024 * 1024,
} as const;
