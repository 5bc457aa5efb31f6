/** Entries of one room that have come and are not applied yet, in whatever order they came. Pure. */
import type { Entry } from "@nimes/protocol/entry";
import { isNext } from "@nimes/protocol/entry";

export type WaitingEntries = Map<number, Entry>;

/** What comes next behind a place; the server's own entry about a backup stands far behind all others. */
export const nextBehind = (entries: WaitingEntries, cursor: number): Entry | undefined =>
  entries.get(cursor + 1) ?? [...entries.values()].find((entry) => isNext(entry, cursor));

/** The next entries behind a place, without a gap; forgets those that stand before it. @param size how many at most. */
export function takeBehind(entries: WaitingEntries, cursor: number, size: number): Entry[] {
  for (const sequence of entries.keys()) if (sequence <= cursor) entries.delete(sequence);
  const batch: Entry[] = [];
  for (let at = cursor; batch.length < size; ) {
    const entry = nextBehind(entries, at);
    if (!entry) break;
    batch.push(entry);
    at = entry.sequence;
  }
  return batch;
}
