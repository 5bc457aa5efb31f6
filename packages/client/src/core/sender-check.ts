/**
 * Noticing what a server left out, swapped or showed to others only (P3, P4, TESTS M13). Every message carries its
 * sender's own counter, and the running hash of the log as the sender had seen it; both are sealed, so the server
 * can change neither.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Content } from "@nimes/protocol/content/content";

export type SenderRecord = {
  /** Counter of the newest message; null for a device that was in the room before this one. */
  counter: number | null;
  /** Entry with which the device came; missing for one that was there before this one. */
  since?: number;
  /** The sender's log was another one: said once, because from then on every hash differs. */
  forked: boolean;
};

/** A device that was added while this one watched begins at 1. */
export const newSender = (since: number): SenderRecord => ({ counter: 0, forked: false, since });
/** A device that was there before this one: its next message tells where it stands. */
export const unknownSender: SenderRecord = { counter: null, forked: false };
/** A device in the tree whose coming the log has not shown: until it has, nothing is sealed again for it. */
export const unseenSender: SenderRecord = { ...unknownSender, since: Number.MAX_SAFE_INTEGER };
export const isUnseen = ({ since }: SenderRecord): boolean => since === unseenSender.since;

export type SenderFinding = { type: "loss"; count: number } | { type: "fork" };

type Checked = { sender: SenderRecord; findings: SenderFinding[] };

/**
 * @param message its place in the log and what it says.
 * @param hashAt running hash that this device computed after an entry; undefined where it was not there.
 */
export function checkSender(
  sender: SenderRecord,
  message: { sequence: number; content: Pick<Content, "counter" | "seen"> },
  hashAt: (sequence: number) => Uint8Array | undefined,
): Checked {
  const { counter, seen } = message.content;
  const findings: SenderFinding[] = [];
  const expected = sender.counter === null ? counter : sender.counter + 1;
  if (counter > expected) findings.push({ type: "loss", count: counter - expected });

  // An older counter on a message nobody knows: it was overtaken by a later one, so somebody swapped them.
  const swapped = counter < expected;
  const own = hashAt(seen.sequence);
  const contradicts = seen.sequence >= message.sequence || (own !== undefined && !equalBytes(own, seen.hash));
  if (swapped || (contradicts && !sender.forked)) findings.push({ type: "fork" });

  return {
    sender: {
      ...sender,
      counter: Math.max(counter, sender.counter ?? 0),
      forked: sender.forked || contradicts,
    },
    findings,
  };
}
