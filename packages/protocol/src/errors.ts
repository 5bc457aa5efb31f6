/**
 * Every error that crosses the wire or reaches a person, one row each: HTTP status, and whether trying again can help.
 * What people read stands in `sentences-de` and `sentences-en`: who shows no errors carries no sentences.
 */
type ErrorRow = { status: number; retry: boolean };

export const errorTable = {
  // Input
  malformed: { status: 400, retry: false },
  "too-large": { status: 413, retry: false },
  "not-found": { status: 404, retry: false },
  forbidden: { status: 403, retry: false },
  "wrong-origin": { status: 403, retry: false },
  "too-many": { status: 429, retry: true },
  internal: { status: 500, retry: true },
  unavailable: { status: 503, retry: true },
  "storage-full": { status: 507, retry: true },
  "no-network": { status: 0, retry: true },
  "app-too-old": { status: 426, retry: false },
  "server-too-old": { status: 0, retry: true },
  // Sign-in
  "nonce-required": { status: 401, retry: true },
  unauthorised: { status: 401, retry: false },
  "device-ended": { status: 401, retry: false },
  // The second step
  "pin-wrong": { status: 401, retry: false },
  "pin-wait": { status: 429, retry: true },
  "pin-unsuitable": { status: 400, retry: false },
  "capsule-destroyed": { status: 410, retry: false },
  "capsule-damaged": { status: 0, retry: false },
  "device-locked": { status: 423, retry: true },
  "private-not-allowed": { status: 403, retry: true },
  "agreement-required": { status: 403, retry: false },
  "not-opened": { status: 401, retry: false },
  "pin-required": { status: 401, retry: false },
  "passkey-refused": { status: 401, retry: false },
  "offline-opening-ended": { status: 0, retry: true },
  "not-allowed-by-policy": { status: 0, retry: false },
  // Activation
  "activation-mistyped": { status: 400, retry: false },
  "activation-unknown": { status: 404, retry: false },
  "activation-expired": { status: 410, retry: false },
  "activation-used": { status: 409, retry: false },
  "activation-foreign": { status: 409, retry: false },
  "activation-swapped": { status: 409, retry: false },
  // Signed structures and the directory
  "bad-signature": { status: 400, retry: false },
  "wrong-signer": { status: 403, retry: false },
  outdated: { status: 409, retry: false },
  "broken-chain": { status: 409, retry: false },
  /** A signed time lies in the future, or is further in the past than may be. */
  "clock-wrong": { status: 409, retry: false },
  /** Another unit attests than the one that the person belongs to. */
  "transfer-required": { status: 409, retry: false },
  // Rooms
  "room-exists": { status: 409, retry: false },
  "not-a-member": { status: 404, retry: false },
  "stale-epoch": { status: 409, retry: true },
  "room-changed": { status: 409, retry: true },
  "no-key-package": { status: 409, retry: true },
  "room-full": { status: 409, retry: false },
  "submission-conflict": { status: 409, retry: false },
  "server-contradicts": { status: 0, retry: false },
  // Opening what was received
  "gate-refused": { status: 0, retry: false },
  "cannot-open": { status: 0, retry: false },
  // Pictures and files
  "picture-unreadable": { status: 0, retry: false },
  "picture-too-large": { status: 0, retry: false },
  "attachment-damaged": { status: 0, retry: false },
  quota: { status: 413, retry: false },
  "upload-offset": { status: 409, retry: true },
  "upload-stalled": { status: 0, retry: false },
  cancelled: { status: 0, retry: false },
  "device-storage-full": { status: 0, retry: false },
  "device-storage-refused": { status: 0, retry: false },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
export type Language = "de" | "en";
/** Sentences say what happened and what to do; they never carry input or secrets. */
export type Sentences = Record<ErrorCode, string>;

export const isErrorCode = (text: unknown): text is ErrorCode =>
  typeof text === "string" && Object.hasOwn(errorTable, text);
export const statusOf = (code: ErrorCode): number => errorTable[code].status;
/** Whether the same request may succeed later without anybody changing it. */
export const retryHelps = (code: ErrorCode): boolean => errorTable[code].retry;
