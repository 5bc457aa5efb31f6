/** What to do with an entry that has come, before anybody looks inside. */
import type { Entry } from "@nimes/protocol/entry";
import { isNext } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";

export type EntryPlan =
  /** The next one. */
  | "apply"
  /** The next one, and this device wrote it: what it says is known. */
  | "own-echo"
  /** Applied before. */
  | "duplicate"
  /** One before it is missing and may be under way. */
  | "wait"
  /** One before it is missing for too long: ask the server from the cursor on. */
  | "gap";

/** How long a missing entry may be under way. */
export const gapPatienceMs = 2_000;

export function planEntry(entry: Entry, at: { cursor: number; self: ClientId; waitedMs: number }): EntryPlan {
  if (entry.sequence <= at.cursor) return "duplicate";
  if (!isNext(entry, at.cursor)) return at.waitedMs < gapPatienceMs ? "wait" : "gap";
  return "sender" in entry && entry.sender === at.self ? "own-echo" : "apply";
}
