/** What does not fit into the log where the server says that it stands. */
import type { FullEntry } from "@nimes/protocol/entry";
import type { EntryOutcome, OpenTerms } from "../e2ee.ts";

/**
 * What a log that goes on honestly does not bring: bytes that do not open, or not here, or once more. It may be a lie
 * about this place alone. Whoever has signed something against the rules has done that, wherever it stands.
 */
const isNonsense = (one: EntryOutcome): boolean =>
  one.outcome === "stranded" ||
  one.outcome === "duplicate" ||
  one.outcome === "too-old" ||
  (one.outcome === "refused" && one.by === undefined) ||
  (one.outcome === "commit" && one.committer === undefined);

/** Whether an entry is left alone, because the caller wants to ask for it once more before it counts. */
export const isLeftAlone = (terms: OpenTerms, entry: FullEntry, outcome: EntryOutcome): boolean =>
  isNonsense(outcome) && (terms.isDoubted?.(entry) ?? false);
