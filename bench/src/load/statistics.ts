/** Few numbers out of many. */

/** @param share from 0 to 1: 0.5 is the median. @returns 0 for an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Of runs that were made in turn: each by the one beside it. */
export const ratios = (ours: readonly number[], bare: readonly number[]): number[] =>
  ours.map((one, run) => one / (bare[run] ?? Number.NaN));
