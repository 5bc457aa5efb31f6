/** The order of keys in every store: part by part, numbers before strings, as in IndexedDB. */
import type { Key, Stretch } from "../ports/store.ts";

export function compareKeys(a: Key, b: Key): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareParts(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  if (a === b) return 0;
  return (a ?? 0) < (b ?? 0) ? -1 : 1;
}

export const hasPrefix = (key: Key, prefix: Key): boolean =>
  prefix.every((part, index) => key[index] === part);

/** Whether a stretch covers a key, its limit aside. */
export const isWithin = (key: Key, { prefix, after, before }: Stretch): boolean =>
  hasPrefix(key, prefix) &&
  (after === undefined || compareKeys(key, after) > 0) &&
  (before === undefined || compareKeys(key, before) < 0);
