/**
 * When a message has to go from this device (DESIGN §7). Pure.
 *
 * The time runs from the receipt here, by this device's own clock: a server or a sender with a wrong clock, or one that
 * lies, neither shortens nor prolongs it. The own clock may leap, too, so it is not believed at one look alone: a later
 * look must agree before anything is deleted.
 */
import { limits } from "@nimes/protocol/limits";
import type { StoredMessage } from "./stored-item.ts";

/** A receipt that lies further ahead was stamped by a clock that has been set back since. */
const clockSlackMs = 60 * 60_000;

export type ExpiryVerdict =
  /** Nothing to do before `until`. */
  | { verdict: "stays"; until: number }
  /** Received when the clock was ahead: counts as received now, or it would stay too long. */
  | { verdict: "from-the-future" }
  /** For the first time: stays until a later look agrees. */
  | { verdict: "due"; dueAt: number }
  | { verdict: "gone" };

/**
 * @param at.agreedSince own clock, milliseconds: an earlier look, whose word counts for what was due then; undefined
 * before there was one.
 * @param at.lifetimeMs the policy's; what nobody has seen stays at least as long as the server keeps entries.
 */
export function judgeExpiry(
  { sentAt, receivedAt = sentAt }: StoredMessage,
  at: { now: number; lifetimeMs: number; seen: boolean; agreedSince: number | undefined },
): ExpiryVerdict {
  const { now, lifetimeMs, seen, agreedSince } = at;
  if (receivedAt > now + clockSlackMs) return { verdict: "from-the-future" };
  const dueAt = receivedAt + (seen ? lifetimeMs : Math.max(lifetimeMs, limits.entryLifetimeMs));
  if (dueAt > now) return { verdict: "stays", until: dueAt };
  const isAgreed = agreedSince !== undefined && dueAt <= agreedSince;
  return isAgreed ? { verdict: "gone" } : { verdict: "due", dueAt };
}

/**
 * The look that later ones may agree with, given what was due and stays.
 * @returns undefined when nothing is due any more: a clock that was ahead for a while has deleted nothing.
 */
export function nextDueSince(
  dueAts: readonly number[],
  { now, dueSince }: { now: number; dueSince: number | undefined },
): number | undefined {
  if (dueAts.length === 0) return undefined;
  const stillCounts = dueSince !== undefined && dueSince <= now && dueAts.some((dueAt) => dueAt <= dueSince);
  return stillCounts ? dueSince : now;
}
