import { Encoder } from "cbor-x/index-no-eval";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "./bytes.ts";
import { readPlainCbor } from "./cbor-reader.ts";
import { writePlainCbor } from "./cbor-writer.ts";

const read = (bytes: Uint8Array) => readPlainCbor(bytes, { maxDepth: 16, copies: false });

/** RFC 8949, appendix A: those of its examples that are plain, as they stand there. */
const plainExamples: readonly [string, unknown][] = [
  ["00", 0],
  ["01", 1],
  ["0a", 10],
  ["17", 23],
  ["1818", 24],
  ["1819", 25],
  ["1864", 100],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["20", -1],
  ["29", -10],
  ["3863", -100],
  ["3903e7", -1000],
  ["f90000", 0],
  ["f98000", -0],
  ["f93c00", 1],
  ["fb3ff199999999999a", 1.1],
  ["f93e00", 1.5],
  ["f97bff", 65504],
  ["fa47c35000", 100_000],
  ["fa7f7fffff", 3.4028234663852886e38],
  ["fb7e37e43c8800759c", 1.0e300],
  ["f90001", 2 ** -24],
  ["f90400", 0.00006103515625],
  ["f9c400", -4],
  ["fbc010666666666666", -4.1],
  ["f97c00", Number.POSITIVE_INFINITY],
  ["f97e00", Number.NaN],
  ["f9fc00", Number.NEGATIVE_INFINITY],
  ["fa7f800000", Number.POSITIVE_INFINITY],
  ["fa7fc00000", Number.NaN],
  ["fb7ff0000000000000", Number.POSITIVE_INFINITY],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["40", new Uint8Array(0)],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["60", ""],
  ["6161", "a"],
  ["6449455446", "IETF"],
  ["62225c", '"\\'],
  ["62c3bc", "ü"],
  ["63e6b0b4", "水"],
  ["64f0908591", "𐅑"],
  ["80", []],
  ["83010203", [1, 2, 3]],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  ["a0", {}],
  ["a26161016162820203", { a: 1, b: [2, 3] }],
  ["826161a161626163", ["a", { b: "c" }]],
  ["a56161614161626142616361436164614461656145", { a: "A", b: "B", c: "C", d: "D", e: "E" }],
];

test.for(plainExamples)("%s is read as the standard says (RFC 8949)", ([hex, value]) => {
  expect(read(fromHex(hex))).toEqual({ ok: true, value });
});

/** RFC 8949, appendix A and F: beyond the protocol, or not well-formed. */
test.for([
  ["an integer beyond 2^53", "1bffffffffffffffff"],
  ["a negative one", "3bffffffffffffffff"],
  ["a big number", "c249010000000000000000"],
  ["a date", "c11a514b67b0"],
  ["undefined", "f7"],
  ["a simple value", "f0"],
  ["a simple value of two bytes", "f8ff"],
  ["bytes in parts", "5f42010243030405ff"],
  ["text in parts", "7f657374726561646d696e67ff"],
  ["an endless list", "9fff"],
  ["an endless map", "bf61610161629f0203ffff"],
  ["numbers as keys", "a201020304"],
  ["a key twice", "a2616101616102"],
  ["a reserved head", "1c"],
  ["a cut head", "19ff"],
  ["a text that is no UTF-8", "62c328"],
  ["a long text that is no UTF-8", `7828${"61".repeat(39)}ff`],
  ["half of a surrogate pair", "63eda080"],
] as const)("%s is refused (S1)", ([, hex]) => {
  expect(read(fromHex(hex))).toEqual({ ok: false, fault: "not-plain" });
});

const plainData = fc.letrec<{ item: unknown }>((tie) => ({
  item: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -0),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.string({ unit: "grapheme", maxLength: 120 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
    fc.uint8Array({ maxLength: 400 }),
    fc.array(tie("item"), { maxLength: 30 }),
    fc.dictionary(
      fc.string({ maxLength: 30 }).filter((key) => key !== "__proto__"),
      tie("item"),
      { maxKeys: 30, noNullPrototype: true },
    ),
  ),
})).item;

test("bytes are those of cbor-x, and each reads what the other wrote (RFC 8949)", () => {
  const other = new Encoder({
    useRecords: false,
    mapsAsObjects: true,
    tagUint8Array: false,
    variableMapSize: true,
  });
  fc.assert(
    fc.property(plainData, (value) => {
      const bytes = writePlainCbor(value);
      expect(toHex(bytes)).toBe(toHex(new Uint8Array(other.encode(value))));
      const own = readPlainCbor(bytes, { maxDepth: 32, copies: true });
      expect(own).toEqual({ ok: true, value: other.decode(bytes) });
    }),
    { numRuns: 3_000 },
  );
});

test("what is written is read again, at every length where a head grows", () => {
  for (const length of [0, 23, 24, 79, 80, 255, 256, 65_535, 65_536]) {
    const value = {
      bytes: new Uint8Array(length).fill(7),
      ascii: "a".repeat(length),
      umlauts: "ü".repeat(length),
      list: Array.from({ length }, (_, index) => index),
    };
    expect(read(writePlainCbor(value))).toEqual({ ok: true, value });
  }
});

test("views are of the input, copies are not", () => {
  const bytes = writePlainCbor(Uint8Array.of(1, 2, 3));
  const [view, copy] = [false, true].map((copies) => readPlainCbor(bytes, { maxDepth: 1, copies }));
  expect(view).toMatchObject({ value: { buffer: bytes.buffer } });
  expect(copy).toMatchObject({ value: { byteLength: 3, buffer: { byteLength: 3 } } });
});

test("a field that is undefined is left out", () => {
  expect(read(writePlainCbor({ a: 1, b: undefined }))).toEqual({ ok: true, value: { a: 1 } });
});

test.for([
  ["a date", new Date(0)],
  ["a map", new Map([["a", 1]])],
  ["an error", new Error("no")],
  ["a big integer", 1n],
  ["undefined in a list", [undefined]],
  ["a function", () => 0],
  ["words of 16 bits", new Uint16Array(1)],
] as const)("%s is not written as something else", ([, value]) => {
  expect(() => writePlainCbor({ value })).toThrow(TypeError);
});
