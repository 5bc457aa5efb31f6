/**
 * Reads what of CBOR (RFC 8949) this protocol uses: integers, floats, byte and text strings, arrays, maps with text keys,
 * false, true and null, all of definite length. CBOR knows much more (tags, which decoders turn into dates, regular
 * expressions, references or cycles); here it has no way in, because nothing reads it.
 */

/** A number in a head that JavaScript cannot hold exactly is nobody's of this protocol. */
const maxInteger = Number.MAX_SAFE_INTEGER;
/** Longer texts are worth the way to the platform's decoder. */
const shortText = 24;
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export type CborFault = "not-plain" | "hostile-key";
export type ReadCbor = { ok: true; value: unknown } | { ok: false; fault: CborFault };

/**
 * Reads one item and everything in it; never throws, whatever the bytes.
 * @param how.maxDepth how deep lists and maps may lie inside each other, the outermost included.
 * @param how.copies whether byte strings get memory of their own; else they are views of `bytes`.
 */
export function readPlainCbor(bytes: Uint8Array, how: { maxDepth: number; copies: boolean }): ReadCbor {
  const reader = new Reader(bytes, how.copies);
  try {
    const value = reader.item(how.maxDepth);
    return reader.isAtEnd() ? { ok: true, value } : { ok: false, fault: "not-plain" };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, fault: error.fault };
    throw error;
  }
}

/** Leads out of however deep the reader is; never leaves this file. */
class Unreadable {
  readonly fault: CborFault;

  constructor(fault: CborFault) {
    this.fault = fault;
  }
}

const unreadable = (): Unreadable => new Unreadable("not-plain");

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #copies: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, copies: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copies = copies;
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  item(depth: number): unknown {
    const initial = this.#view.getUint8(this.#take(1));
    const info = initial & 0x1f;
    switch (initial >> 5) {
      case 0:
        return this.#argument(info);
      case 1:
        return -1 - this.#argument(info);
      case 2:
        return this.#byteString(this.#argument(info));
      case 3:
        return this.#text(this.#argument(info));
      case 4:
        return this.#list(this.#argument(info), depth - 1);
      case 5:
        return this.#map(this.#argument(info), depth - 1);
      case 7:
        return this.#simple(info);
      default: // tags
        throw unreadable();
    }
  }

  /** Passes over as many bytes. @returns where they begin. */
  #take(byteLength: number): number {
    const start = this.#at;
    if (byteLength > this.#bytes.byteLength - start) throw unreadable();
    this.#at = start + byteLength;
    return start;
  }

  /** The number in an item's head: its value, length or count. */
  #argument(info: number): number {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.#view.getUint8(this.#take(1));
      case 25:
        return this.#view.getUint16(this.#take(2));
      case 26:
        return this.#view.getUint32(this.#take(4));
      case 27: {
        const start = this.#take(8);
        const value = this.#view.getUint32(start) * 2 ** 32 + this.#view.getUint32(start + 4);
        if (value > maxInteger) throw unreadable();
        return value;
      }
      default: // 28 to 30 are reserved, 31 is an indefinite length.
        throw unreadable();
    }
  }

  /** A `Uint8Array` also where the input is Node's `Buffer`, which is none where it counts. */
  #byteString(byteLength: number): Uint8Array {
    const start = this.#take(byteLength);
    const view = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, byteLength);
    return this.#copies ? view.slice() : view;
  }

  #text(byteLength: number): string {
    const start = this.#take(byteLength);
    if (byteLength < shortText) {
      const short = this.#ascii(start, byteLength);
      if (short !== undefined) return short;
    }
    try {
      return text.decode(this.#bytes.subarray(start, start + byteLength));
    } catch {
      throw unreadable();
    }
  }

  #ascii(start: number, length: number): string | undefined {
    let short = "";
    for (let index = start; index < start + length; index += 1) {
      const code = this.#view.getUint8(index);
      if (code > 0x7f) return undefined;
      short += String.fromCharCode(code);
    }
    return short;
  }

  #list(items: number, depth: number): unknown[] {
    this.#expectRoomFor(items, depth);
    const list: unknown[] = [];
    for (let item = 0; item < items; item += 1) list.push(this.item(depth));
    return list;
  }

  #map(entries: number, depth: number): Record<string, unknown> {
    this.#expectRoomFor(entries * 2, depth);
    const map: Record<string, unknown> = {};
    for (let entry = 0; entry < entries; entry += 1) {
      const key = this.#key();
      // Of two values for one key, each reader could take another (RFC 8949, section 5.6).
      if (Object.hasOwn(map, key)) throw unreadable();
      map[key] = this.item(depth);
    }
    return map;
  }

  #key(): string {
    const initial = this.#view.getUint8(this.#take(1));
    if (initial >> 5 !== 3) throw unreadable();
    const key = this.#text(this.#argument(initial & 0x1f));
    if (key === "__proto__") throw new Unreadable("hostile-key");
    return key;
  }

  /** Each item takes a byte at least, so an absurd count is refused before anybody makes room for it. */
  #expectRoomFor(items: number, depth: number): void {
    if (depth === 0 || items > this.#bytes.byteLength - this.#at) throw unreadable();
  }

  #simple(info: number): boolean | number | null {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return halfFloat(this.#view.getUint16(this.#take(2)));
      case 26:
        return this.#view.getFloat32(this.#take(4));
      case 27:
        return this.#view.getFloat64(this.#take(8));
      default:
        throw unreadable();
    }
  }
}

/** RFC 8949, appendix D. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 31
        ? (1024 + fraction) * 2 ** (exponent - 25)
        : fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN;
  return bits & 0x8000 ? -magnitude : magnitude;
}
