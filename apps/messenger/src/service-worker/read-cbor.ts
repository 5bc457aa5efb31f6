/**
 * The CBOR of the two signed structures that the service worker checks. Their fields are read one by one: a field that
 * a later release adds must not make this one refuse it.
 */
import { readPlainCbor } from "@nimes/protocol/plain-cbor";

export type CborMap = ReadonlyMap<string, CborValue>;
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

/** @returns undefined for anything but one whole item of the protocol's grammar. */
export function readCbor(bytes: Uint8Array): CborValue | undefined {
  try {
    return readPlainCbor(bytes, "maps") as CborValue;
  } catch {
    return undefined;
  }
}
