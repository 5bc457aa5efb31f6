/** Chance with a seed. Everything that chooses has a source of its own, so that one choice more shifts no other. */
import { seededRandom } from "../network/faulty-sockets.ts";

export type Random = {
  /** True in this share of all cases, from 0 to 1. */
  chance(share: number): boolean;
  /** A whole number from 0 (included) to `count` (excluded). */
  below(count: number): number;
  /** Undefined only for an empty list. */
  oneOf<T>(list: readonly T[]): T | undefined;
};

/** @param names the same names give the same chances; FNV-1a turns them into a seed. */
export function randomOf(...names: readonly (string | number)[]): Random {
  let hash = 0x811c9dc5;
  for (const letter of names.join("|")) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  const next = seededRandom(hash);
  const below = (count: number): number => Math.floor(next() * count);
  return {
    chance: (share) => next() < share,
    below,
    oneOf: (list) => list[below(list.length)],
  };
}
