/**
 * First rule of the gate (DESIGN §3): before core-crypto sees any bytes, only a commit of a member in a PublicMessage
 * and application content in a PrivateMessage pass, for this room and of the shape that its rules know.
 *
 * Loose proposals of any kind are dropped here: core-crypto takes an external Add from anybody, and the next innocent
 * commit would then add the stranger.
 */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import type { GateReason } from "../e2ee.ts";
import { parseCommitProposals } from "../mls/commit.ts";

export type CheckedHeader =
  | { passes: true; epoch: number }
  /** Never to be shown to core-crypto. */
  | { passes: false; reason: GateReason };

const stop = (reason: GateReason): CheckedHeader => ({ passes: false, reason });

/** @param entry of kind application or commit. */
export function checkHeader(roomId: RoomId, entry: FullEntry): CheckedHeader {
  const header = readMlsHeader(entry.bytes);
  if (!header.ok) return stop("unreadable");
  const message = header.value;
  if (message.wireFormat !== "public-message" && message.wireFormat !== "private-message")
    return stop("header");
  if (!equalBytes(message.groupId, fromHex(roomId))) return stop("wrong-room");
  if (message.epoch !== entry.epoch) return stop("header");
  if (message.wireFormat === "private-message") {
    const fits = entry.kind === "application" && message.contentType === "application";
    return fits ? { passes: true, epoch: message.epoch } : stop("header");
  }
  if (entry.kind !== "commit" || message.contentType !== "commit") return stop("header");
  if (message.sender.type !== "member") return stop("header");
  return checkProposals(message.epoch, entry.bytes.subarray(message.contentOffset));
}

/**
 * A commit changes who is in the room, or nobody: proposals by reference, pre-shared keys, a new cipher suite (M11),
 * other external senders and the like have no use here.
 */
function checkProposals(epoch: number, content: Uint8Array): CheckedHeader {
  const proposals = parseCommitProposals(content);
  if (!proposals.ok) return stop("unreadable");
  if (proposals.value.some(({ type }) => type === "other")) return stop("header");
  return { passes: true, epoch };
}
