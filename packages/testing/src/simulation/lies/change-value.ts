/** Changes one spot of an honest value into a lie of the same shape. */
import { type Inventor, inventNumber, inventObject, inventText } from "./invent-value.ts";
import { alternativesOf, fieldsOf, fitsShape, type Place, type Shape, shapeFor, spotsAt } from "./shapes.ts";

export type ChangeKind =
  /** Another value that was seen before. */
  | "swap"
  /** A number, list, flag or text that makes no sense. */
  | "absurd"
  /** Left out, or null. */
  | "omit"
  /** Another shape of the same union, with the fields that both have. */
  | "recast";

/** Which lies can be told at a place. */
export function changesAt({ shape, optional }: Place): ChangeKind[] {
  if ("const" in shape) return [];
  const shapes = alternativesOf(shape);
  const isNullable = shapes.some(({ type }) => type === "null");
  const objects = shapes.filter(({ properties }) => properties);
  const isPlain = objects.length === 0 && shape.pattern === undefined;
  return [
    "swap",
    ...(isPlain ? (["absurd"] as const) : []),
    ...(optional || isNullable ? (["omit"] as const) : []),
    ...(objects.length > 1 ? (["recast"] as const) : []),
  ];
}

/** @param root changed in place. @returns what was there and what is there now; undefined when nothing could be changed. */
export function changeValue(
  root: { shape: Shape; value: unknown },
  change: { kind: ChangeKind; place: Place },
  inventor: Inventor,
): { before: unknown; after: unknown } | undefined {
  const { kind, place } = change;
  const spot = inventor.random.oneOf(spotsAt(root.value, place.path));
  if (!spot) return undefined;
  const before = spot.holder[spot.key];
  if (before === undefined && !place.optional) return undefined;
  const name = place.path.slice(place.path.at(-1) === "[]" ? -2 : -1).join("");
  const after = changed(kind, { shape: place.shape, value: before, name }, inventor);
  if (after === undefined) delete spot.holder[spot.key];
  else spot.holder[spot.key] = after;
  if (!isSame(before, after) && fitsShape(root.shape, root.value)) return { before, after };
  if (before === undefined) delete spot.holder[spot.key];
  else spot.holder[spot.key] = before;
  return undefined;
}

type Here = { shape: Shape; value: unknown; name: string };

function changed(kind: ChangeKind, { shape, value, name }: Here, inventor: Inventor): unknown {
  switch (kind) {
    case "swap":
      return inventor.dictionary.recall(shape, name, inventor.random) ?? value;
    case "omit":
      return alternativesOf(shape).some(({ type }) => type === "null") ? null : undefined;
    case "recast":
      return recast(shape, value, inventor) ?? value;
    case "absurd":
      return absurd(shape, value, inventor);
    default:
      return kind satisfies never;
  }
}

function recast(shape: Shape, value: unknown, inventor: Inventor): unknown {
  const fields = fieldsOf(value);
  const others = alternativesOf(shape).filter(
    (one) => one.properties && one !== shapeFor(shape, value) && !fitsShape(one, value),
  );
  const other = inventor.random.oneOf(others);
  return other && fields && inventObject(other, fields, inventor);
}

function absurd(shape: Shape, value: unknown, inventor: Inventor): unknown {
  const { random } = inventor;
  if (typeof value === "boolean") return !value;
  if (typeof value === "number")
    return random.chance(0.5)
      ? value + (random.oneOf([-3, -2, -1, 1, 2, 3]) ?? 1)
      : inventNumber(shape, random);
  if (value instanceof Uint8Array) return spoiled(value, inventor);
  if (Array.isArray(value)) return rearranged(shape, value, inventor);
  const choices = alternativesOf(shape).flatMap((one) => ("const" in one ? [one.const] : []));
  return choices.length > 0 ? random.oneOf(choices) : (inventText(shape, random) ?? value);
}

/** Bytes with one flipped, cut short, or with something behind them. */
function spoiled(bytes: Uint8Array, { random }: Inventor): Uint8Array {
  const dice = random.below(3);
  if (dice === 0) return bytes.subarray(0, random.below(bytes.length)).slice();
  if (dice === 1) return Uint8Array.from([...bytes, random.below(256)]);
  const at = random.below(bytes.length);
  return bytes.map((byte, index) => (index === at ? byte ^ (1 << random.below(8)) : byte));
}

/** A list with an item missing, doubled, moved or made up; what is numbered may be numbered anew, so that no gap shows. */
function rearranged(shape: Shape, list: readonly unknown[], inventor: Inventor): unknown[] {
  const { random, dictionary } = inventor;
  const at = random.below(list.length);
  const [before, behind] = [list.slice(0, at), list.slice(at + 1)];
  const seen = shape.items && dictionary.recall(shape.items, "", random);
  const next = [
    () => [...before, ...behind],
    () => [...before, list[at], structuredClone(list[at]), ...behind],
    () => [...before, ...(seen === undefined ? [] : [seen]), ...list.slice(at)],
    () => [...list, ...(seen === undefined ? [] : [seen])],
    () => [...behind, ...list.slice(0, at + 1)],
    () => [],
  ].map((make) => make());
  const chosen = random.oneOf(next) ?? [];
  return random.chance(0.5) ? numberedFrom(list[0], chosen) : chosen;
}

function numberedFrom(first: unknown, list: readonly unknown[]): unknown[] {
  const from = fieldsOf(first)?.sequence;
  if (typeof from !== "number") return [...list];
  return list.map((item, index) => ({ ...fieldsOf(item), sequence: from + index }));
}

function isSame(one: unknown, other: unknown): boolean {
  const plain = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value);
  return JSON.stringify(one, plain) === JSON.stringify(other, plain);
}
