/**
 * What of CBOR (RFC 8949) this protocol uses: integers, floats, byte and text strings, arrays, maps with text keys, false,
 * true and null, all of definite length. The decoder knows much more (tags that become regular expressions, sets,
 * references or cycles); bytes are held against this grammar before it sees them.
 */
import { utf8 } from "./bytes.ts";

/** Deeper than any structure of the protocol, far from the end of the stack. */
const maxDepth = 16;
const hostileKey = utf8("__proto__");

export type Plainness = "plain" | "not-plain" | "hostile-key";

/** Reads one item and what it holds; never throws, whatever the bytes. */
export function judgePlainCbor(bytes: Uint8Array): Plainness {
  const verdict = judgeItem(bytes, 0, maxDepth);
  if (typeof verdict !== "number") return verdict;
  return verdict === bytes.byteLength ? "plain" : "not-plain";
}

/** Where the item that begins at `start` ends, or what is wrong with it. */
function judgeItem(bytes: Uint8Array, start: number, depth: number): number | Exclude<Plainness, "plain"> {
  const initial = bytes[start];
  if (initial === undefined || depth === 0) return "not-plain";
  const major = initial >> 5;
  const info = initial & 0x1f;
  // 28 to 30 are reserved, 31 is an indefinite length.
  if (info > 27) return "not-plain";
  const behindHead = start + 1 + (info < 24 ? 0 : 2 ** (info - 24));
  if (behindHead > bytes.byteLength) return "not-plain";
  switch (major) {
    case 0:
    case 1:
      return behindHead;
    case 2:
    case 3: {
      const end = behindHead + argument(bytes, start, info);
      return end <= bytes.byteLength ? end : "not-plain";
    }
    case 4:
      return judgeArray(bytes, behindHead, argument(bytes, start, info), depth);
    case 5:
      return judgeMap(bytes, behindHead, argument(bytes, start, info), depth);
    case 7:
      // 20 false, 21 true, 22 null, 25 to 27 floats.
      return (info >= 20 && info <= 22) || info >= 25 ? behindHead : "not-plain";
    default: // tags
      return "not-plain";
  }
}

function judgeArray(bytes: Uint8Array, start: number, items: number, depth: number) {
  // Each item takes a byte at least, so an absurd count is refused before anybody makes room for it.
  if (items > bytes.byteLength - start) return "not-plain";
  let at = start;
  for (let item = 0; item < items; item += 1) {
    const end = judgeItem(bytes, at, depth - 1);
    if (typeof end !== "number") return end;
    at = end;
  }
  return at;
}

function judgeMap(bytes: Uint8Array, start: number, entries: number, depth: number) {
  if (entries * 2 > bytes.byteLength - start) return "not-plain";
  let at = start;
  for (let entry = 0; entry < entries; entry += 1) {
    if ((bytes[at] ?? 0) >> 5 !== 3) return "not-plain";
    const keyEnd = judgeItem(bytes, at, depth - 1);
    if (typeof keyEnd !== "number") return keyEnd;
    if (
      argument(bytes, at, (bytes[at] ?? 0) & 0x1f) === hostileKey.byteLength &&
      endsWith(bytes, keyEnd, hostileKey)
    )
      return "hostile-key";
    const end = judgeItem(bytes, keyEnd, depth - 1);
    if (typeof end !== "number") return end;
    at = end;
  }
  return at;
}

/** The number in an item's head; beyond 2^53 it is not exact, which is still far beyond any length. */
function argument(bytes: Uint8Array, start: number, info: number): number {
  if (info < 24) return info;
  let value = 0;
  for (let index = 1; index <= 2 ** (info - 24); index += 1)
    value = value * 256 + (bytes[start + index] ?? 0);
  return value;
}

const endsWith = (bytes: Uint8Array, end: number, tail: Uint8Array): boolean =>
  tail.every((byte, index) => bytes[end - tail.byteLength + index] === byte);
