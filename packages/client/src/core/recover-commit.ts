/**
 * Commits whose place in the log was not stored although the encryption had kept them: the device stopped in between.
 *
 * A message is stored inside its MLS transaction, a commit after it. The other way round a crash would leave the
 * cursor behind a commit that the group never took, and the room would be dead; so it leaves a commit that comes a
 * second time, which is told here from one that somebody replays, by the tree as it really is.
 */
import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import type { Entry } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";

/** Whether an outcome is stored only after its transaction has ended. */
export const isKeptCommit = ({ outcome }: EntryOutcome): boolean =>
  outcome === "commit" || outcome === "removed";

/**
 * @param known devices of the room as they are stored.
 * @param tree leaves of the group before these entries were opened; empty when there is no group.
 */
export function recoverCommit(
  outcome: EntryOutcome,
  entry: Entry,
  { known, tree }: { known: readonly ClientId[]; tree: readonly ClientId[] },
): EntryOutcome {
  if (entry.kind !== "commit") return outcome;
  const { sequence, sender } = entry;
  if (outcome.outcome === "refused" && tree.length === 0)
    return { outcome: "removed", sequence, committer: sender };
  if (outcome.outcome !== "duplicate") return outcome;
  return {
    outcome: "commit",
    sequence,
    epoch: entry.epoch + 1,
    committer: sender,
    added: tree.filter((device) => !known.includes(device)),
    removed: known.filter((device) => !tree.includes(device)),
  };
}
