/**
 * What of CBOR (RFC 8949) this protocol uses: plain data of definite length, each value written in one way only, text
 * keys, no tags, no key twice. Nothing here knows schemas: the service worker stands on it, too.
 */
import type { DecodeOptions } from "cborg";
import { decode } from "cborg";

const plain: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};

/**
 * Reads one whole item. Byte strings come out as copies, maps as objects or, where their keys are not known, as `Map`.
 * @throws Error for bytes that are not plain, not whole, or nested so deep that the stack ends.
 */
export const readPlainCbor = (bytes: Uint8Array, maps: "objects" | "maps" = "objects"): unknown =>
  // A view of the plain class: Node's `Buffer` is no `Uint8Array` where it counts.
  decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    ...plain,
    useMaps: maps === "maps",
  });
