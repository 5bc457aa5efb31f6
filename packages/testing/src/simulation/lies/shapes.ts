/**
 * The protocol's schemas as data, so that lies are made for whatever they name: a field, frame or route that comes
 * later is lied about without a word here.
 */
import { fits } from "@nimes/protocol/check";
import type { TSchema } from "typebox";

/** The part of a schema that says what a value may be. */
export type Shape = {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly "x-bytes"?: { readonly min: number; readonly max: number };
};

export const shapeOf = (schema: TSchema): Shape => schema as Shape;
export const fitsShape = (shape: Shape, value: unknown): boolean => fits(shape as TSchema, value);

/** Undefined for a value that is no object. */
export const fieldsOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
    ? (value as Record<string, unknown>)
    : undefined;

/** The shapes that a value may have: those of a union, or the one. */
export const alternativesOf = (shape: Shape): readonly Shape[] => shape.anyOf ?? [shape];
/** That shape of a union which a value has. */
export const shapeFor = (shape: Shape, value: unknown): Shape | undefined =>
  shape.anyOf ? shape.anyOf.find((one) => fitsShape(one, value)) : shape;

const signatures = new WeakMap<Shape, string>();
/** The same for two shapes that say the same. */
export function signatureOf(shape: Shape): string {
  const known = signatures.get(shape);
  if (known !== undefined) return known;
  const signature = JSON.stringify(shape);
  signatures.set(shape, signature);
  return signature;
}

/** Where in a shape something stands: names of fields, `[]` for the items of a list. */
export type Place = { readonly path: readonly string[]; readonly shape: Shape; readonly optional: boolean };

export const nameOf = ({ path }: Place): string => path.join(".").replaceAll(".[]", "[]");

/** Every place behind the root; the shapes of a union share theirs. */
export function placesOf(root: Shape): Place[] {
  const found = new Map<string, Place>();
  const visit = (shape: Shape, path: readonly string[]): void => {
    for (const [name, field] of Object.entries(shape.properties ?? {}))
      enter({ path: [...path, name], shape: field, optional: !shape.required?.includes(name) });
    if (shape.items) enter({ path: [...path, "[]"], shape: shape.items, optional: false });
    for (const one of shape.anyOf ?? []) visit(one, path);
  };
  const enter = (place: Place): void => {
    const key = nameOf(place) + signatureOf(place.shape);
    if (found.has(key)) return;
    found.set(key, place);
    visit(place.shape, place.path);
  };
  visit(root, []);
  return [...found.values()];
}

/** One spot of a value that stands at a place: whoever holds it, and under which key. */
export type Spot = { holder: Record<string | number, unknown>; key: string | number };

export function spotsAt(value: unknown, path: readonly string[]): Spot[] {
  const [name, ...rest] = path;
  if (name === undefined) return [];
  const keys: readonly (string | number)[] =
    name === "[]" && Array.isArray(value) ? value.map((_, index) => index) : fieldsOf(value) ? [name] : [];
  const holder = value as Spot["holder"];
  return keys.flatMap((key) => (rest.length === 0 ? [{ holder, key }] : spotsAt(holder[key], rest)));
}
