/**
 * An upload, step by step, from what the server says it has. Pure. The server's word is a claim: what it cannot have, and
 * a count that does not move with what was brought, is nonsense, which costs a few tries and then ends visibly.
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import { retryHelps } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";

/** As the server answers. */
export type ClaimedUpload = { size: number; received: number; complete: boolean };

export type UploadStep =
  | { step: "bring"; offset: number; length: number }
  | { step: "done" }
  | { step: "nonsense" };

/** The first part of an upload; the next ones are as large as the line shows that it can carry. */
export const firstPartBytes = 256 * 1024;
const leastPartBytes = 16 * 1024;
const quickMs = 4_000;
const slowMs = 15_000;

/**
 * How large the next part is: what took long, or did not arrive at all, is tried smaller, so that on the slowest line a part
 * arrives before anybody takes it for lost.
 * @param tookMs undefined where it did not arrive.
 */
export function nextPartBytes(before: number, tookMs: number | undefined): number {
  if (tookMs === undefined || tookMs > slowMs) return Math.max(leastPartBytes, before / 2);
  return tookMs < quickMs ? Math.min(limits.maxUploadPartBytes, before * 2) : before;
}

/**
 * @param known.total bytes of the encrypted file.
 * @param known.offered bytes that have left this device, as far as it knows; the server can have no more.
 * @param known.part bytes that the next part has at most.
 */
export function planUpload(
  { size, received, complete }: ClaimedUpload,
  { total, offered, part }: { total: number; offered: number; part: number },
): UploadStep {
  const isPossible = size === total && received <= total && received <= offered;
  if (!isPossible || complete !== (received === total)) return { step: "nonsense" };
  if (complete) return { step: "done" };
  return { step: "bring", offset: received, length: Math.min(part, total - received) };
}

/** Whether the answer to a part says that exactly this part was taken. */
export const isTaken = (
  { size, received, complete }: ClaimedUpload,
  part: { total: number; end: number },
): boolean => size === part.total && received === part.end && complete === (received === part.total);

/** Rounds without a byte taken, after which a server that answers is told to have failed. */
const nonsenseRounds = 6;
const passingRounds = 40;

/**
 * Whether an upload that failed goes on by itself. Without a network it does so for ever; a server that answers gets some
 * minutes, one that answers nonsense some seconds, because each round carries a part.
 * @param rounds how many have ended so since the last byte that was taken, this one among them.
 */
export function goesOn(code: ErrorCode, rounds: number): boolean {
  if (code === "no-network") return true;
  if (isNonsense(code)) return rounds < nonsenseRounds;
  return retryHelps(code) && rounds < passingRounds;
}

/** What people read: where the upload stood means nothing to them. */
export const reasonOf = (code: ErrorCode): ErrorCode => (isNonsense(code) ? "upload-stalled" : code);

const isNonsense = (code: ErrorCode): boolean => code === "upload-stalled" || code === "upload-offset";
