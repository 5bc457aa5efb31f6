/**
 * Checks decoded values against the schemas of this protocol. TypeBox builds the schemas and gives them their types; its
 * own checker knows all of JSON Schema, which is ten times what the protocol says, and stands on the way to the first
 * screen. This one knows the keywords that are used here, judges by them as TypeBox does, and refuses to work with any
 * other.
 */
import type { Static, TSchema } from "typebox";

/** The keywords in use, and the marks that TypeBox keeps beside them. */
type Keywords = {
  type?: string;
  const?: unknown;
  anyOf?: readonly Keywords[];
  properties?: Readonly<Record<string, Keywords>>;
  required?: readonly string[];
  additionalProperties?: false;
  items?: Keywords;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  "~refine"?: readonly { check: (value: unknown) => boolean }[];
};

const checked = new Set(
  "type const anyOf properties required additionalProperties items minItems maxItems minLength maxLength pattern minimum maximum".split(
    " ",
  ),
);
/** For people and documents; they say nothing about what fits. */
const annotations = new Set(["description", "x-bytes"]);

/** @throws Error for a schema with a keyword that is not checked here: it would let everything through. */
export const fits = <Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> =>
  findFault(schema, value) === undefined;

/**
 * @returns the path of the first field that does not fit, such as `/people/0/name`, or undefined when all does. Of a
 * union's shapes the first one's fault is told.
 * @throws Error as {@link fits}.
 */
export const findFault = (schema: TSchema, value: unknown): string | undefined =>
  faultOf(schema as Keywords, value, "");

function faultOf(schema: Keywords, value: unknown, path: string): string | undefined {
  for (const keyword in schema)
    if (!checked.has(keyword) && !annotations.has(keyword))
      throw new Error(`schemas of the protocol cannot say ${keyword}`);
  const fault = faultOfType(schema, value, path);
  if (fault !== undefined) return fault;
  if ("const" in schema && value !== schema.const) return path;
  const firstOfUnion = schema.anyOf && faultOfUnion(schema.anyOf, value, path);
  if (firstOfUnion !== undefined) return firstOfUnion;
  return schema["~refine"]?.every(({ check }) => check(value)) === false ? path : undefined;
}

function faultOfType(schema: Keywords, value: unknown, path: string): string | undefined {
  switch (schema.type) {
    case undefined:
      return undefined;
    case "object":
      return isObject(value) ? faultOfFields(schema, value, path) : path;
    case "array":
      return Array.isArray(value) ? faultOfItems(schema, value, path) : path;
    case "string":
      return typeof value === "string" && textFits(schema, value) ? undefined : path;
    case "integer":
      return Number.isInteger(value) && numberFits(schema, value as number) ? undefined : path;
    case "number": // of literals
      return Number.isFinite(value) && numberFits(schema, value as number) ? undefined : path;
    case "boolean":
      return typeof value === "boolean" ? undefined : path;
    case "null":
      return value === null ? undefined : path;
    default:
      throw new Error(`schemas of the protocol have no type ${schema.type}`);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function faultOfFields(
  { properties = {}, required = [], additionalProperties }: Keywords,
  value: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  // Harmless as the decoder makes it, a trap for whoever copies the fields later.
  if (Object.hasOwn(value, "__proto__")) return `${path}/__proto__`;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${path}/${missing}`;
  if (additionalProperties === false) {
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(properties, name));
    if (unknown !== undefined) return `${path}/${unknown}`;
  }
  for (const [name, field] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) continue;
    const fault = faultOf(field, value[name], `${path}/${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfItems(
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Keywords,
  value: readonly unknown[],
  path: string,
): string | undefined {
  if (value.length < minItems || value.length > maxItems) return path;
  if (!items) return undefined;
  for (const [index, item] of value.entries()) {
    const fault = faultOf(items, item, `${path}/${index}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfUnion(shapes: readonly Keywords[], value: unknown, path: string): string | undefined {
  let first: string | undefined;
  for (const shape of shapes) {
    const fault = faultOf(shape, value, path);
    if (fault === undefined) return undefined;
    first ??= fault;
  }
  return first ?? path;
}

/** Lengths count code points, as JSON Schema has it. */
function textFits(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern }: Keywords,
  text: string,
): boolean {
  // A code point takes two units at most: long texts are not counted to be refused.
  if (text.length > maxLength * 2) return false;
  const length = text.length >= minLength * 2 && text.length <= maxLength ? text.length : [...text].length;
  if (length < minLength || length > maxLength) return false;
  return pattern === undefined || new RegExp(pattern, "u").test(text);
}

const numberFits = (
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Keywords,
  value: number,
): boolean => value >= minimum && value <= maximum;
