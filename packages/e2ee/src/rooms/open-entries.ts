/**
 * Opening entries of a room log in order: every commit in a transaction of its own, the application messages between
 * them in one. What a transaction covers is stored by `persist` before it ends (DESIGN §6, rules 2 and 4).
 */
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";
import { type Context, inTransaction, keep } from "../core-crypto/transaction.ts";
import type { EntryOutcome, OpenOutcome, Room } from "../e2ee.ts";
import { missingChains } from "../gate/chain-lookup.ts";
import { openCommit } from "./open-commit.ts";
import { openMessage } from "./open-message.ts";
import { conversationOf, type Session } from "./session.ts";

export type Persist = (outcomes: EntryOutcome[]) => Promise<void>;

export async function openEntries(
  session: Session,
  room: Room,
  entries: readonly FullEntry[],
  persist: Persist,
): Promise<OpenOutcome> {
  // Every chain that a verdict can need follows from what stands beside the bytes, because whoever deviates from it is
  // refused. So it is settled before anything is consumed.
  const userIds = missingChains(session.directory, entries.flatMap(clientsOf));
  if (userIds.length > 0) return { outcome: "chain-missing", userIds };
  const opened: EntryOutcome[] = [];
  for (const run of runsOf(entries)) {
    const outcomes =
      run[0]?.kind === "commit"
        ? [await openCommit(session, room, run[0], persist)]
        : await openRun(session, room, run, persist);
    opened.push(...outcomes);
  }
  return { outcome: "opened", entries: opened };
}

const clientsOf = (entry: FullEntry): ClientId[] => [entry.sender, ...(entry.devices ?? [])];

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

function openRun(
  session: Session,
  room: Room,
  run: readonly FullEntry[],
  persist: Persist,
): Promise<EntryOutcome[]> {
  return inTransaction(session, async (context) => {
    const outcomes: EntryOutcome[] = [];
    const epoch = await currentEpoch(context, room);
    for (const entry of run) outcomes.push(await openInRun(session, { context, room, epoch }, entry));
    await persist(outcomes);
    return keep(outcomes);
  });
}

async function openInRun(
  session: Session,
  where: { context: Context; room: Room; epoch: number | undefined },
  entry: FullEntry,
): Promise<EntryOutcome> {
  if (entry.sender === session.clientId) return { outcome: "own", sequence: entry.sequence };
  if (entry.kind !== "application" || where.epoch === undefined)
    return { outcome: "refused", sequence: entry.sequence, sender: entry.sender, reason: "wrong-room" };
  return openMessage(session, { ...where, epoch: where.epoch }, entry);
}

/** @returns undefined when this device is not in the room's group. */
async function currentEpoch(context: Context, room: Room): Promise<number | undefined> {
  const conversation = conversationOf(room.roomId);
  if (!(await context.conversationExists(conversation))) return undefined;
  return Number(await context.conversationEpoch(conversation));
}
