/** SHA-256, the one hash of the protocol. Synchronous on every platform, so pure code can use it. */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "./bytes.ts";

export const hashBytes = 32;
export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes);

/** SHA-256 over `label || 0x00 || bytes`: a hash for one purpose cannot be presented for another. */
export const labelledHash = (label: string, bytes: Uint8Array): Uint8Array =>
  sha256(concat(utf8(label), Uint8Array.of(0), bytes));
