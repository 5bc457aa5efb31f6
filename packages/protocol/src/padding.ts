/**
 * Padding by Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
 * PURBs", PoPETs 2019): the length tells at most O(log log n) bits. Layout: length (4 bytes, big endian), data, zeros.
 */
import { limits } from "./limits.ts";
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";

const lengthBytes = 4;

/** The length that `bytes` are padded to; at most 12 % more. */
export function padmeLength(bytes: number): number {
  if (bytes < 2) return bytes;
  const exponent = Math.floor(Math.log2(bytes));
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** Math.max(0, exponent - mantissaBits);
  return Math.ceil(bytes / step) * step;
}

export function pad(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(padmeLength(Math.max(limits.minPaddedBytes, data.byteLength + lengthBytes)));
  new DataView(padded.buffer).setUint32(0, data.byteLength);
  padded.set(data, lengthBytes);
  return padded;
}

/** @returns the data, or `malformed` when the length points outside. */
export function unpad(padded: Uint8Array): Result<Uint8Array> {
  if (padded.byteLength < lengthBytes) return refuse("malformed");
  const length = new DataView(padded.buffer, padded.byteOffset, padded.byteLength).getUint32(0);
  if (length > padded.byteLength - lengthBytes) return refuse("malformed");
  return ok(padded.subarray(lengthBytes, lengthBytes + length));
}
