import fc from "fast-check";
import * as Type from "typebox";
import { expect, test } from "vitest";
import { utf8 } from "./bytes.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { ClientFrame } from "./frames/client-frames.ts";
import { ServerFrame } from "./frames/server-frames.ts";
import { Bytes, Closed, Count } from "./schema.ts";

const Shape = Closed({
  name: Type.String({ maxLength: 5 }),
  inner: Closed({ count: Count }),
  data: Type.Optional(Bytes(4, 2)),
});
const fits = { name: "Anna", inner: { count: 3 } };

/** A text string shorter than 24 bytes. */
const text = (value: string) => [0x60 + utf8(value).byteLength, ...utf8(value)];
const item = (...bytes: number[]) => Uint8Array.from(bytes);

test("what was encoded decodes to the same", () => {
  const value = { ...fits, data: item(1, 2, 3) };
  expect(decodeCbor(Shape, encodeCbor(value))).toEqual({ ok: true, value });
});

test("byte strings are plain Uint8Arrays, also out of Node's buffers", () => {
  const value = { ...fits, data: item(1, 2, 3) };
  const decoded = decodeCbor(Shape, Buffer.from(encodeCbor(value)));
  expect(decoded.ok && decoded.value.data?.constructor).toBe(Uint8Array);
  expect(encodeCbor(value).constructor).toBe(Uint8Array);
});

test.for([
  ["an unknown field", { ...fits, extra: 1 }, "/extra"],
  ["an unknown field inside", { ...fits, inner: { count: 3, more: 1 } }, "/inner/more"],
  ["a missing field", { name: "Anna", inner: {} }, "/inner/count"],
  ["a wrong type", { ...fits, name: 7 }, "/name"],
  ["a negative count", { ...fits, inner: { count: -1 } }, "/inner/count"],
  ["a fraction for a count", { ...fits, inner: { count: 1.5 } }, "/inner/count"],
  ["a fraction for a count", { ...fits, inner: { count: 0.5 } }, "/inner/count"],
  ["a text that is too long", { ...fits, name: "Annabella" }, "/name"],
  ["bytes that are too short", { ...fits, data: item(1) }, "/data"],
  ["a text in place of bytes", { ...fits, data: "ab" }, "/data"],
  ["null in place of a field", { ...fits, inner: null }, "/inner"],
  ["a list in place of an object", [], "/"],
] as const)("%s is malformed, with the field named (S1)", ([, value, field]) => {
  const result = decodeCbor(Shape, encodeCbor(value));
  expect(result.ok).toBe(false);
  expect(result).toMatchObject({ code: "malformed" });
  expect(String("field" in result ? result.field : "")).toContain(field);
});

test("a field's content never stands in the refusal (S1)", () => {
  const result = decodeCbor(Shape, encodeCbor({ ...fits, "geheim: <b>Übung</b>": 1 }));
  expect(result).toEqual({ ok: false, code: "malformed", field: expect.not.stringMatching(/[<>:ÜÖ ]/) });
});

test("`__proto__` is malformed, with the field named, and changes no prototype (S1)", () => {
  const bytes = item(0xa1, ...text("__proto__"), 0xa1, ...text("polluted"), 1);
  expect(decodeCbor(Type.Object({}), bytes)).toEqual({ ok: false, code: "malformed", field: "/__proto__" });
  const nested = decodeCbor(Closed({ in: Closed({}) }), item(0xa1, ...text("in"), ...bytes));
  expect(nested).toEqual({ ok: false, code: "malformed", field: "/in/__proto__" });
  expect("polluted" in {}).toBe(false);
});

test.for([
  ["no bytes", item()],
  ["two items", item(1, 2)],
  ["a cut text", item(0x63, 0x61)],
  ["a text that claims four gigabytes", item(0x7a, 0xff, 0xff, 0xff, 0xff, 0x61)],
  ["bytes that claim 2^63", item(0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0)],
  ["a list that claims four billion items", item(0x9a, 0xff, 0xff, 0xff, 0xff)],
  ["a map that claims four billion entries", item(0xba, 0xff, 0xff, 0xff, 0xff)],
  ["a list of indefinite length", item(0x9f, 1, 0xff)],
  ["a lone break", item(0xff)],
  ["undefined", item(0xf7)],
  ["a number as a key", item(0xa1, 1, 1)],
  ["a tagged date", item(0xc1, 0)],
  ["a regular expression", item(0xd8, 27, 0x82, ...text("RegExp"), ...text("(a+)+$"))],
  ["a shared reference", item(0xd8, 28, 0x81, 0xd8, 29, 0)],
  ["ten thousand lists inside each other", new Uint8Array(10_000).fill(0x81)],
  ["ten thousand huge lists inside each other", repeat(item(0x9a, 0, 0xff, 0xff, 0xff), 10_000)],
] as const)("%s is malformed, without an exception (S1)", ([, bytes]) => {
  expect(decodeCbor(Type.Unknown(), bytes)).toEqual({ ok: false, code: "malformed" });
});

test("no bytes make the decoder throw (S3)", () => {
  const never = (bytes: Uint8Array) => {
    for (const schema of [ClientFrame, ServerFrame]) expect(decodeCbor(schema, bytes)).toBeDefined();
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), never), { numRuns: 5000 });
});

test("mutated frames never make the decoder throw (S3)", () => {
  const frame = encodeCbor({
    type: "submit",
    submissionId: "0".repeat(32),
    roomId: "a".repeat(64),
    submission: { kind: "application", epoch: 3, bytes: new Uint8Array(40) },
  });
  expect(decodeCbor(ClientFrame, frame).ok).toBe(true);
  const mutation = fc.record({ at: fc.nat(frame.byteLength - 1), byte: fc.nat(255), cut: fc.nat(20) });
  const never = (mutations: { at: number; byte: number; cut: number }[]) => {
    const mutated = Uint8Array.from(frame);
    for (const { at, byte } of mutations) mutated[at] = byte;
    expect(
      decodeCbor(ClientFrame, mutated.subarray(0, frame.byteLength - (mutations[0]?.cut ?? 0))),
    ).toBeDefined();
  };
  fc.assert(fc.property(fc.array(mutation, { maxLength: 4 }), never), { numRuns: 10_000 });
});

test("each value has one encoding: fields are sorted, and what is undefined is left out", () => {
  expect(encodeCbor({ b: 1, a: 2, c: undefined })).toEqual(encodeCbor({ a: 2, b: 1 }));
  expect(() => encodeCbor([undefined])).toThrow(TypeError);
  expect(() => encodeCbor({ at: new Date(0) })).toThrow(Error);
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => encodeCbor({ number })).toThrow(TypeError);
});

test.for([
  ["an integer in more bytes than it needs", item(0x18, 1)],
  ["a key twice", item(0xa2, ...text("a"), 1, ...text("a"), 2)],
  ["an integer beyond 2^53", item(0x1b, ...Array.from({ length: 8 }, () => 0xff))],
  ["not a number", item(0xf9, 0x7e, 0)],
] as const)("%s is malformed (S1)", ([, bytes]) => {
  expect(decodeCbor(Type.Unknown(), bytes)).toMatchObject({ ok: false, code: "malformed" });
});

test("plain data of any shape survives (RFC 8949)", () => {
  const data = fc.jsonValue({ maxDepth: 8 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
  fc.assert(
    fc.property(data, (value) => {
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      expect(decodeCbor(Type.Unknown(), encodeCbor(value))).toEqual({ ok: true, value });
    }),
  );
});

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  return Uint8Array.from(
    { length: bytes.byteLength * times },
    (_, index) => bytes[index % bytes.byteLength] ?? 0,
  );
}
