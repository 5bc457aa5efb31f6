/** CBOR (RFC 8949) in and out. Whatever is decoded is checked against a schema before anybody uses it. */
import { Encoder } from "cbor-x/index-no-eval";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { judgePlainCbor } from "./plain-cbor.ts";
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";

// The build without `eval` is used everywhere: the browser's content security policy forbids the other one.
const codec = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  tagUint8Array: false,
  variableMapSize: true,
});

/**
 * @param value plain data; fields that are `undefined` must be left out.
 * @returns bytes of their own: the encoder's view of its shared buffer would keep that alive, and in Node is a `Buffer`.
 */
export const encodeCbor = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(codec.encode(value));

/**
 * Decodes and checks. @returns the value, or `malformed` with the path of the first field that does not fit.
 */
export const decodeCbor = <Schema extends TSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Result<Static<Schema>> => decodeCborWith(interpret(schema), bytes);

/** A schema made ready to check values: interpreted, or compiled once where the platform allows it. */
export type Validator<Value> = {
  Check(value: unknown): value is Value;
  Errors(value: unknown): readonly Fault[];
};

/** {@link decodeCbor} with a validator at hand. */
export function decodeCborWith<Value>(validator: Validator<Value>, bytes: Uint8Array): Result<Value> {
  const plainness = judgePlainCbor(bytes);
  if (plainness === "hostile-key") return refuse("malformed", "/__proto__");
  if (plainness === "not-plain") return refuse("malformed");
  let value: unknown;
  try {
    // A view, because byte strings come out as the input's class: Node's `Buffer` is no `Uint8Array` where it counts.
    value = codec.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return refuse("malformed");
  }
  return validator.Check(value) ? ok(value) : refuse("malformed", firstFaultyField(validator.Errors(value)));
}

const interpret = <Schema extends TSchema>(schema: Schema): Validator<Static<Schema>> => ({
  Check: (value): value is Static<Schema> => Check(schema, value),
  Errors: (value) => Errors(schema, value),
});

/** As {@link codec}, but byte strings are copies, so that what is kept of a record keeps nothing else alive. */
const ownCodec = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, copyBuffers: true });

/**
 * Decodes what this device encoded itself and nobody else can have changed: for sealed records, whose tag has been
 * verified. Never for anything that came from outside.
 * @throws Error for bytes that are no CBOR.
 */
export const decodeOwnCbor = (bytes: Uint8Array): unknown => ownCodec.decode(bytes);

type Fault = { instancePath: string; params?: unknown };

/** The path of the first fault, at most 80 characters and without anything but field names. */
export function firstFaultyField(faults: readonly Fault[]): string {
  const [first] = faults;
  if (!first) return "/";
  const params = first.params as
    | { requiredProperties?: string[]; additionalProperties?: string[] }
    | undefined;
  const missing = params?.requiredProperties?.[0] ?? params?.additionalProperties?.[0];
  const path = missing === undefined ? first.instancePath : `${first.instancePath}/${missing}`;
  return (path || "/").replace(/[^A-Za-z0-9/_-]/g, "?").slice(0, 80);
}
