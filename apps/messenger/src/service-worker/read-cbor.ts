/**
 * A reader for the CBOR (RFC 8949) of the two signed structures that the service worker checks. The library that the
 * app uses is ten times as long as everything else here; what guards the app must be short enough to be read.
 */
import { judgePlainCbor } from "@nimes/protocol/plain-cbor";

export type CborMap = ReadonlyMap<string, CborValue>;
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

/** @returns undefined for anything but one whole item of the protocol's grammar. */
export function readCbor(bytes: Uint8Array): CborValue | undefined {
  // Lengths and nesting have been checked here: nothing below reads behind the end.
  if (judgePlainCbor(bytes) !== "plain") return undefined;
  try {
    return readItem({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 });
  } catch {
    // Text that is no UTF-8, or a key that comes twice.
    return undefined;
  }
}

type Cursor = { readonly bytes: Uint8Array; readonly view: DataView; at: number };

function readItem(cursor: Cursor): CborValue {
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
      return Array.from({ length: argument }, () => readItem(cursor));
    default:
      return readMap(cursor, argument);
  }
}

function readMap(cursor: Cursor, entries: number): CborMap {
  const map = new Map<string, CborValue>();
  for (let entry = 0; entry < entries; entry += 1) {
    const key = readItem(cursor);
    if (typeof key !== "string" || map.has(key)) throw new SyntaxError("a key is no text, or comes twice");
    map.set(key, readItem(cursor));
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
  const length = 2 ** (info - 24);
  return take(cursor, length).reduce((value, byte) => value * 256 + byte, 0);
}

function take(cursor: Cursor, length: number): Uint8Array {
  const taken = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return taken;
}
