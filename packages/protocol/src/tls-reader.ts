/**
 * Reader of the TLS presentation language as MLS uses it (RFC 9420, section 2.1; RFC 8446, section 3). Strict: a
 * length that is not in its shortest form, points outside, or bytes left over are malformed.
 */
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";

/** Thrown inside {@link readTls} only, which turns it into a refusal. */
class Malformed extends Error {}

export class TlsReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.byteLength;
  }

  /** The bytes read since an earlier offset. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#offset);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** A 64-bit number; one that JavaScript cannot count exactly is malformed. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.#advance(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed();
    return Number(value);
  }

  /** A 64-bit number that may be as large as the format allows, e.g. the end of a lifetime. */
  bigUint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  /** Variable-length integer, RFC 9420, section 2.1.2: 1, 2 or 4 bytes, always the shortest form. */
  length(): number {
    const first = this.uint8();
    const size = first >> 6;
    if (size === 0) return first;
    if (size === 1) return this.#shortest(((first & 0x3f) << 8) | this.uint8(), 1 << 6);
    if (size === 2)
      return this.#shortest((first & 0x3f) * 2 ** 24 + (this.uint8() << 16) + this.uint16(), 1 << 14);
    throw new Malformed();
  }

  /** `opaque value<V>`. */
  opaque(): Uint8Array {
    return this.fixed(this.length());
  }

  /** `opaque value[size]`. */
  fixed(size: number): Uint8Array {
    const start = this.#advance(size);
    return this.#bytes.subarray(start, start + size);
  }

  /** `T items<V>`. @param item reads one; it must consume at least one byte. */
  vector<T>(item: (reader: TlsReader) => T): T[] {
    const inner = new TlsReader(this.opaque());
    const items: T[] = [];
    while (!inner.atEnd) items.push(item(inner));
    return items;
  }

  /** `optional<T>`. */
  optional<T>(item: (reader: TlsReader) => T): T | undefined {
    const present = this.uint8();
    if (present > 1) throw new Malformed();
    return present === 1 ? item(this) : undefined;
  }

  /** Ends the reading: the bytes are not what they should be. */
  fail(): never {
    throw new Malformed();
  }

  #advance(size: number): number {
    const start = this.#offset;
    if (start + size > this.#bytes.byteLength) throw new Malformed();
    this.#offset = start + size;
    return start;
  }

  #shortest(value: number, floor: number): number {
    if (value < floor) throw new Malformed();
    return value;
  }
}

/**
 * Reads one structure.
 * @param read the structure's fields in order; it need not read to the end.
 * @returns what `read` returns, or `malformed`.
 */
export function readTls<T>(bytes: Uint8Array, read: (reader: TlsReader) => T): Result<T> {
  try {
    return ok(read(new TlsReader(bytes)));
  } catch (error) {
    if (error instanceof Malformed) return refuse("malformed");
    throw error;
  }
}
