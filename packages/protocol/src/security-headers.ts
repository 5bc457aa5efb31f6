/**
 * The headers under which the messenger's page lives. The server sends them with every answer; the service worker puts
 * them on every file that it serves, so that a server that forgets them changes nothing; `nimes release verify` compares.
 */

/** The page loads nothing but itself. `wasm-unsafe-eval` lets core-crypto and OPAQUE compile their WebAssembly. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types nimes",
].join("; ");

/** What a browser offers to pages and this one never needs. */
const denied = [
  "accelerometer",
  "bluetooth",
  "browsing-topics",
  "clipboard-read",
  "clipboard-write",
  "display-capture",
  "encrypted-media",
  "gamepad",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "serial",
  "storage-access",
  "usb",
  "web-share",
  "window-management",
  "xr-spatial-tracking",
];
/** The camera reads activation letters and takes pictures for a message; passkeys open the capsule. */
const allowed = ["camera", "publickey-credentials-create", "publickey-credentials-get"];

export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "permissions-policy": [
    ...denied.map((feature) => `${feature}=()`),
    ...allowed.map((feature) => `${feature}=(self)`),
  ].join(", "),
};
