/** Byte strings: the few operations the protocol needs, on top of the field's libraries. */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";

export const toHex = bytesToHex;
/** @throws Error when `hex` is not hexadecimal. */
export const fromHex = hexToBytes;
export const concat = concatBytes;
export const utf8 = utf8ToBytes;
export const toBase64Url = (bytes: Uint8Array): string => base64urlnopad.encode(bytes);
/** @throws Error when `text` is not base64url without padding. */
export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(base64urlnopad.decode(text));

/** Equality of public values; not constant-time, so never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  // A plain loop: three comparisons stand on the way of every message at the server.
  for (let at = 0; at < a.byteLength; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
