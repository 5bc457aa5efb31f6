/**
 * Opening entries of a room log in order: every commit in a transaction of its own, the application messages between
 * them in one. What a transaction covers is stored by `persist` before it ends (DESIGN §6, rules 2 and 4).
 */
import type { FullEntry } from "@nimes/protocol/entry";
import { type Context, inTransaction, keep, rollBack } from "../core-crypto/transaction.ts";
import type { EntryOutcome, OpenOutcome, OpenTerms, Persist, Room } from "../e2ee.ts";
import { type Doubt, isDoubt } from "./doubt.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";
import { isLeftAlone } from "./nonsense.ts";
import { openCommit } from "./open-commit.ts";
import { openMessage } from "./open-message.ts";

export type OpenWork = { room: Room; persist: Persist; terms: OpenTerms };

export async function openEntries(
  session: MlsContext,
  work: OpenWork,
  entries: readonly FullEntry[],
): Promise<OpenOutcome> {
  const opened: EntryOutcome[] = [];
  for (const run of runsOf(entries)) {
    const [first] = run;
    if (first?.kind === "commit") {
      const outcome = await openCommit(session, work, first);
      if (outcome === "left-alone") return { outcome: "doubted", sequence: first.sequence };
      if (isDoubt(outcome)) return { outcome: "chain-missing", userIds: outcome.doubt };
      opened.push(outcome);
      // What follows belongs to a group that this device does not have.
      if (outcome.outcome === "stranded" || outcome.outcome === "removed") break;
    } else {
      const outcomes = await openRun(session, work, run);
      if (isDoubt(outcomes)) return { outcome: "chain-missing", userIds: outcomes.doubt };
      if ("leftAlone" in outcomes) {
        const before = run.filter(({ sequence }) => sequence < outcomes.leftAlone);
        const first = await openEntries(session, work, before);
        return first.outcome === "opened" ? { outcome: "doubted", sequence: outcomes.leftAlone } : first;
      }
      opened.push(...outcomes);
      if (outcomes.at(-1)?.outcome === "stranded") break;
    }
  }
  return { outcome: "opened", entries: opened };
}

/** Commits alone, everything between them together. */
function runsOf(entries: readonly FullEntry[]): FullEntry[][] {
  const runs: FullEntry[][] = [];
  let current: FullEntry[] | undefined;
  for (const entry of entries) {
    if (entry.kind === "commit") {
      runs.push([entry]);
      current = undefined;
    } else if (current) {
      current.push(entry);
    } else {
      current = [entry];
      runs.push(current);
    }
  }
  return runs;
}

type LeftAlone = { leftAlone: number };

function openRun(
  session: MlsContext,
  work: OpenWork,
  run: readonly FullEntry[],
): Promise<EntryOutcome[] | Doubt | LeftAlone> {
  return inTransaction<EntryOutcome[] | Doubt | LeftAlone>(session, async (context) => {
    const outcomes: EntryOutcome[] = [];
    const epoch = await currentEpoch(context, work.room);
    for (const entry of run) {
      const outcome = await openInRun(session, { ...work, context, epoch }, entry);
      if (isDoubt(outcome)) return rollBack(outcome);
      // Bytes that do not open use up a key all the same: with those before it the run is opened once more.
      if (isLeftAlone(work.terms, entry, outcome)) return rollBack({ leftAlone: entry.sequence });
      outcomes.push(outcome);
      if (outcome.outcome === "stranded") break;
    }
    await work.persist(outcomes);
    return keep(outcomes);
  });
}

async function openInRun(
  session: MlsContext,
  where: OpenWork & { context: Context; epoch: number | undefined },
  entry: FullEntry,
): Promise<EntryOutcome | Doubt> {
  const { sequence } = entry;
  if (where.terms.own.isOwn(entry)) return { outcome: "own", sequence };
  if (entry.sender === session.clientId) return { outcome: "refused", sequence, reason: "not-own" };
  // Signed and not sealed: whoever reads the log judges them.
  if (entry.kind !== "application") return { outcome: "refused", sequence, reason: "wrong-room" };
  // Whoever was taken out has read of it before; this group is gone with its store.
  if (where.epoch === undefined) return { outcome: "stranded", sequence };
  return openMessage(session, { ...where, epoch: where.epoch }, entry);
}

/** @returns undefined when this device is not in the room's group. */
async function currentEpoch(context: Context, room: Room): Promise<number | undefined> {
  const conversation = conversationOf(room.groupId);
  if (!(await context.conversationExists(conversation))) return undefined;
  return Number(await context.conversationEpoch(conversation));
}
