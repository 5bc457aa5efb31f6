/** Entries told apart by whom they concern: the encryption, or the client alone. */
import type { Entry } from "@nimes/protocol/entry";

export type StretchOfEntries = { sealed: boolean; entries: Entry[] };

/** Entries that the encryption opens, and those it does not concern, in order. */
export function splitByKind(batch: readonly Entry[]): StretchOfEntries[] {
  const stretches: StretchOfEntries[] = [];
  for (const entry of batch) {
    const sealed = entry.kind === "commit" || entry.kind === "application";
    const last = stretches.at(-1);
    if (last?.sealed === sealed) last.entries.push(entry);
    else stretches.push({ sealed, entries: [entry] });
  }
  return stretches;
}
