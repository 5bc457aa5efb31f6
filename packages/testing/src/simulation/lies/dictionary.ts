/** Everything that the server has seen: what it hands out in another place is genuine, and only the place is wrong. */
import type { TSchema } from "typebox";
import type { Random } from "../random.ts";
import { fieldsOf, type Shape, shapeFor, shapeOf, signatureOf } from "./shapes.ts";

export type Dictionary = {
  /** Learns a value that fits the schema, with all that is in it. */
  learn(schema: TSchema, value: unknown): void;
  /** A copy of a value of this shape, mostly of the same name. Undefined when none was seen. */
  recall(shape: Shape, name: string, random: Random): unknown;
};

/** Values kept for one name; the oldest go first. */
const kept = 200;

export function createDictionary(): Dictionary {
  const seen = new Map<string, unknown[]>();
  const keep = (key: string, value: unknown): void => {
    const list = seen.get(key) ?? [];
    seen.set(key, list);
    list.push(value);
    if (list.length > kept) list.shift();
  };
  function learn(shape: Shape, value: unknown, name: string): void {
    const one = shapeFor(shape, value);
    if (!one || value === undefined) return;
    if (name !== "") {
      keep(signatureOf(shape), value);
      keep(name + signatureOf(shape), value);
    }
    const fields = fieldsOf(value);
    if (fields)
      for (const [field, inner] of Object.entries(one.properties ?? {})) learn(inner, fields[field], field);
    if (Array.isArray(value) && one.items) for (const item of value) learn(one.items, item, `${name}[]`);
  }
  return {
    learn: (schema, value) => learn(shapeOf(schema), structuredClone(value), ""),
    recall(shape, name, random) {
      const key = random.chance(0.7) ? name + signatureOf(shape) : signatureOf(shape);
      return structuredClone(random.oneOf(seen.get(key) ?? seen.get(signatureOf(shape)) ?? []));
    },
  };
}
