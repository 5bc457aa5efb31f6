/** Writes plain data as CBOR (RFC 8949): what {@link readPlainCbor} reads, and nothing else. */

const firstBytes = 2_048;
/** From here on numbers are written as floats of 64 bits, which are as long as integers of 64 bits and exact to 2^53. */
const integerEnd = 2 ** 32;
/** Longer texts are worth the way to the platform's encoder. */
const shortText = 80;
const utf8 = new TextEncoder();

/**
 * @param value null, booleans, numbers, texts, byte strings, lists and objects of them; a field that is `undefined` is
 * left out.
 * @returns bytes in memory of their own.
 * @throws TypeError for anything else: what would be read as something other than what was written is a bug.
 */
export function writePlainCbor(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.item(value);
  return writer.written();
}

class Writer {
  #bytes = new Uint8Array(firstBytes);
  #at = 0;

  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  item(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? 0xf5 : 0xf4);
    else if (value === null) this.#byte(0xf6);
    else if (value instanceof Uint8Array) this.#byteString(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (isPlainObject(value)) this.#map(value);
    else throw new TypeError(`no plain data: ${typeof value}`);
  }

  #makeRoom(byteLength: number): void {
    const needed = this.#at + byteLength;
    if (needed <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }

  #byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#at++] = byte;
  }

  /** An item's head in its shortest form: the kind and a number below 2^32. */
  #head(major: number, argument: number): void {
    this.#makeRoom(5);
    const kind = major << 5;
    if (argument < 24) {
      this.#bytes[this.#at++] = kind | argument;
    } else if (argument < 2 ** 8) {
      this.#bytes[this.#at++] = kind | 24;
      this.#bytes[this.#at++] = argument;
    } else if (argument < 2 ** 16) {
      this.#bytes[this.#at++] = kind | 25;
      this.#bytes[this.#at++] = argument >> 8;
      this.#bytes[this.#at++] = argument;
    } else {
      this.#bytes[this.#at++] = kind | 26;
      this.#bytes[this.#at++] = argument >>> 24;
      this.#bytes[this.#at++] = argument >>> 16;
      this.#bytes[this.#at++] = argument >>> 8;
      this.#bytes[this.#at++] = argument;
    }
  }

  #number(value: number): void {
    const isInteger = Number.isInteger(value);
    if (isInteger && value >= 0 && value < integerEnd) this.#head(0, value);
    else if (isInteger && value < 0 && value >= -integerEnd) this.#head(1, -1 - value);
    else this.#float(value);
  }

  #float(value: number): void {
    this.#byte(0xfb);
    this.#makeRoom(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#at, value);
    this.#at += 8;
  }

  #byteString(bytes: Uint8Array): void {
    this.#head(2, bytes.byteLength);
    this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.byteLength);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  #text(text: string): void {
    if (text.length < shortText && this.#writeAscii(text)) return;
    const bytes = utf8.encode(text);
    this.#head(3, bytes.byteLength);
    this.#append(bytes);
  }

  /** @returns false, with nothing written, for a text with other letters. */
  #writeAscii(text: string): boolean {
    const start = this.#at;
    this.#head(3, text.length);
    this.#makeRoom(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.#at = start;
        return false;
      }
      this.#bytes[this.#at + index] = code;
    }
    this.#at += text.length;
    return true;
  }

  #list(list: readonly unknown[]): void {
    this.#head(4, list.length);
    for (const item of list) this.item(item);
  }

  #map(map: Record<string, unknown>): void {
    const keys = Object.keys(map);
    let fields = 0;
    for (const key of keys) if (map[key] !== undefined) fields += 1;
    this.#head(5, fields);
    for (const key of keys) {
      const value = map[key];
      if (value === undefined) continue;
      this.#text(key);
      this.item(value);
    }
  }
}

/** Not dates, maps or errors, whose content lies elsewhere. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
