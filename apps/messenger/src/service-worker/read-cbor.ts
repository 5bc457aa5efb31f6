/**
 * A reader for the CBOR (RFC 8949) of the two signed structures that the service worker checks, and for nothing more: a
 * library for all of CBOR is longer than everything else here, and what guards the app must be short enough to be read.
 */
export type CborMap = ReadonlyMap<string, CborValue>;
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

/** Deeper than anything that is signed, far from the end of the stack. */
const maxDepth = 16;

/**
 * @returns undefined for anything but one whole item of the protocol's grammar: integers, floats, byte and text strings,
 * arrays, maps with text keys, false, true and null, all of definite length.
 */
export function readCbor(bytes: Uint8Array): CborValue | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { bytes, view, at: 0 };
  try {
    const value = readItem(cursor, maxDepth);
    return cursor.at === bytes.byteLength ? value : undefined;
  } catch {
    // Cut short, nested too deep, outside the grammar, or text that is no UTF-8.
    return undefined;
  }
}

type Cursor = { readonly bytes: Uint8Array; readonly view: DataView; at: number };

function readItem(cursor: Cursor, depth: number): CborValue {
  if (depth === 0) throw new SyntaxError("nested too deep");
  const initial = cursor.view.getUint8(cursor.at);
  const major = initial >> 5;
  const info = initial & 0x1f;
  cursor.at += 1;
  if (major === 7) return readSimple(cursor, info);
  const argument = readArgument(cursor, info);
  switch (major) {
    case 0:
      return argument;
    case 1:
      return -1 - argument;
    case 2:
      return take(cursor, argument);
    case 3:
      return new TextDecoder("utf-8", { fatal: true }).decode(take(cursor, argument));
    case 4:
      return Array.from({ length: countFor(cursor, argument) }, () => readItem(cursor, depth - 1));
    case 5:
      return readMap(cursor, { entries: countFor(cursor, argument * 2) / 2, depth });
    default:
      throw new SyntaxError("nothing signed here has tags");
  }
}

function readMap(cursor: Cursor, { entries, depth }: { entries: number; depth: number }): CborMap {
  const map = new Map<string, CborValue>();
  for (let entry = 0; entry < entries; entry += 1) {
    const key = readItem(cursor, depth - 1);
    if (typeof key !== "string" || map.has(key)) throw new SyntaxError("a key is no text, or comes twice");
    map.set(key, readItem(cursor, depth - 1));
  }
  return map;
}

function readSimple(cursor: Cursor, info: number): CborValue {
  const { view, at } = cursor;
  if (info === 27) {
    cursor.at += 8;
    return view.getFloat64(at);
  }
  if (info === 26) {
    cursor.at += 4;
    return view.getFloat32(at);
  }
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  throw new SyntaxError("nothing signed here has half floats");
}

function readArgument(cursor: Cursor, info: number): number {
  if (info < 24) return info;
  // 28 to 30 are reserved, 31 is an indefinite length.
  if (info > 27) throw new SyntaxError("no definite length");
  const length = 2 ** (info - 24);
  return take(cursor, length).reduce((value, byte) => value * 256 + byte, 0);
}

/** Each item takes a byte at least: an absurd count is refused before anybody makes room for it. */
function countFor(cursor: Cursor, items: number): number {
  if (items > cursor.bytes.byteLength - cursor.at) throw new RangeError("more items than bytes");
  return items;
}

function take(cursor: Cursor, length: number): Uint8Array {
  if (length > cursor.bytes.byteLength - cursor.at) throw new RangeError("behind the end");
  const taken = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return taken;
}
