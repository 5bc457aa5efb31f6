/** CBOR (RFC 8949) in and out. Whatever is decoded is checked against a schema before anybody uses it. */
import type { EncodeOptions } from "cborg";
import { encode } from "cborg";
import type { Static, TSchema } from "typebox";
import { findFault } from "./check.ts";
import { readPlainCbor } from "./plain-cbor.ts";
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";

const refuseUndefined = (): never => {
  throw new TypeError("undefined is no data");
};
/** What no decoder here takes is not written either. @returns null: the library goes on as usual. */
function refuseUnreal(value: unknown): null {
  if (!Number.isFinite(value)) throw new TypeError("a number is finite");
  return null;
}
const writing: EncodeOptions = {
  ignoreUndefinedProperties: true,
  typeEncoders: { undefined: refuseUndefined, number: refuseUnreal },
};

/**
 * @param value plain data; fields that are `undefined` are left out.
 * @returns bytes of their own: the encoder's may be a view of a larger buffer, and in Node is a `Buffer`.
 * @throws Error for data that is not plain.
 */
export const encodeCbor = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(encode(value, writing));

/**
 * Decodes and checks. @returns the value, or `malformed` with the path of the first field that does not fit.
 */
export function decodeCbor<Schema extends TSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Result<Static<Schema>> {
  const decoded = decode(bytes);
  if (!decoded.ok) return decoded;
  const fault = findFault(schema, decoded.value);
  return fault === undefined ? ok(decoded.value as Static<Schema>) : refuse("malformed", namesOnly(fault));
}

/** A schema compiled once, where the platform allows it. */
export type Validator<Value> = {
  Check(value: unknown): value is Value;
  Errors(value: unknown): readonly Fault[];
};

/** {@link decodeCbor} with a validator at hand. */
export function decodeCborWith<Value>(validator: Validator<Value>, bytes: Uint8Array): Result<Value> {
  const decoded = decode(bytes);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  return validator.Check(value) ? ok(value) : refuse("malformed", firstFaultyField(validator.Errors(value)));
}

function decode(bytes: Uint8Array): Result<unknown> {
  try {
    return ok(readPlainCbor(bytes));
  } catch {
    // Not plain, not whole, or nested so deep that the stack ended.
    return refuse("malformed");
  }
}

/**
 * Decodes what this device encoded itself and nobody else can have changed: for sealed records, whose tag has been
 * verified. Never for anything that came from outside.
 * @throws Error for bytes that are no plain CBOR.
 */
export const decodeOwnCbor = (bytes: Uint8Array): unknown => readPlainCbor(bytes);

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
  return namesOnly(path);
}

/** At most 80 characters, and none of them anything but a field name's. */
const namesOnly = (path: string): string => (path || "/").replace(/[^A-Za-z0-9/_-]/g, "?").slice(0, 80);
