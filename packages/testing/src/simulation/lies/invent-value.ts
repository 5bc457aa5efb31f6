/** Makes up a value of a shape: from what was seen where there is something, else from nothing. */
import { errorTable } from "@nimes/protocol/errors";
import type { Random } from "../random.ts";
import type { Dictionary } from "./dictionary.ts";
import { alternativesOf, fitsShape, type Shape } from "./shapes.ts";

export type Inventor = { dictionary: Dictionary; random: Random };

/** Numbers that no honest server comes to. */
const absurdNumbers = [0, 1, 2, 3, 7, 50, 1_000, 2 ** 31, 2 ** 32 + 1, 10 ** 14, Number.MAX_SAFE_INTEGER];
const words = ["", "x", "0", ...Object.keys(errorTable)];
/** Bytes and list items made up at once. */
const mostBytes = 300;
const mostItems = 3;

/** @returns undefined where nothing is known that would fit. */
export function inventValue(shape: Shape, name: string, inventor: Inventor): unknown {
  const { dictionary, random } = inventor;
  if ("const" in shape) return shape.const;
  const recalled = random.chance(0.6) ? dictionary.recall(shape, name, random) : undefined;
  const value = recalled ?? makeUp(shape, name, inventor) ?? dictionary.recall(shape, name, random);
  return value !== undefined && fitsShape(shape, value) ? value : undefined;
}

/** An object of this shape that has the fields given, and the others made up. */
export function inventObject(
  shape: Shape,
  given: Readonly<Record<string, unknown>>,
  inventor: Inventor,
): Record<string, unknown> | undefined {
  const fields = Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    if (given[name] !== undefined && fitsShape(field, given[name])) return [[name, given[name]] as const];
    if (!shape.required?.includes(name) && inventor.random.chance(0.5)) return [];
    return [[name, inventValue(field, name, inventor)] as const];
  });
  const made = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return fitsShape(shape, made) ? made : undefined;
}

function makeUp(shape: Shape, name: string, inventor: Inventor): unknown {
  const { random } = inventor;
  if (shape.anyOf) {
    const one = random.oneOf(alternativesOf(shape));
    return one && inventValue(one, name, inventor);
  }
  if (shape["x-bytes"]) return someBytes(shape["x-bytes"], random);
  switch (shape.type) {
    case "object":
      return inventObject(shape, {}, inventor);
    case "array":
      return Array.from({ length: (shape.minItems ?? 0) + random.below(mostItems) }, () =>
        inventValue(shape.items ?? {}, `${name}[]`, inventor),
      ).filter((item) => item !== undefined);
    case "integer":
      return inventNumber(shape, random);
    case "boolean":
      return random.chance(0.5);
    case "null":
      return null;
    case "string":
      return inventText(shape, random);
    default:
      return undefined;
  }
}

/** Undefined for texts of a pattern: those are recalled, not made up. */
export const inventText = (shape: Shape, random: Random): string | undefined =>
  random.oneOf(words.filter((word) => fitsShape(shape, word)));

export const inventNumber = ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Shape, random: Random) =>
  Math.min(maximum, Math.max(minimum, random.oneOf(absurdNumbers) ?? 0));

const someBytes = ({ min, max }: { min: number; max: number }, random: Random): Uint8Array =>
  Uint8Array.from({ length: min + random.below(Math.min(max - min, mostBytes) + 1) }, () =>
    random.below(256),
  );
