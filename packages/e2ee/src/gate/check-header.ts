/**
 * First rule of the gate (DESIGN §3): before core-crypto sees any bytes, only a commit in a PublicMessage and
 * application content in a PrivateMessage pass, for the room's group and of the shape that its rules know: a commit of a
 * member, or the external one of a device that heals itself and has signed for it.
 *
 * Loose proposals of any kind are dropped here: core-crypto takes an external Add from anybody, and the next innocent
 * commit would then add the stranger.
 */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import type { GroupId } from "@nimes/protocol/ids";
import { type CommitProposal, parseCommitProposals } from "@nimes/protocol/mls/commit";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import type { GateReason } from "../e2ee.ts";
import { isHealing } from "./judge-rejoin.ts";

export type CheckedHeader =
  | { passes: true; epoch: number; heals: boolean }
  /** Never to be shown to core-crypto. */
  | { passes: false; reason: GateReason };

const stop = (reason: GateReason): CheckedHeader => ({ passes: false, reason });

/** @param entry of kind application or commit. */
export function checkHeader(groupId: GroupId, entry: FullEntry): CheckedHeader {
  const header = readMlsHeader(entry.bytes);
  if (!header.ok) return stop("unreadable");
  const message = header.value;
  if (message.wireFormat !== "public-message" && message.wireFormat !== "private-message")
    return stop("header");
  if (!equalBytes(message.groupId, fromHex(groupId))) return stop("wrong-room");
  if (message.epoch !== entry.epoch) return stop("header");
  if (message.wireFormat === "private-message") {
    const fits = entry.kind === "application" && message.contentType === "application";
    return fits ? { passes: true, epoch: message.epoch, heals: false } : stop("header");
  }
  if (entry.kind !== "commit" || message.contentType !== "commit") return stop("header");
  const heals = message.sender.type === "joiner" && entry.rejoin !== undefined;
  if (message.sender.type !== "member" && !heals) return stop("header");
  const proposals = parseCommitProposals(entry.bytes.subarray(message.contentOffset));
  if (!proposals.ok) return stop("unreadable");
  const isKnown = heals ? isHealing(proposals.value) : isChange(proposals.value);
  return isKnown ? { passes: true, epoch: message.epoch, heals } : stop("header");
}

/**
 * A commit changes who is in the room, or nobody: proposals by reference, pre-shared keys, a new cipher suite (M11),
 * other external senders and the like have no use here.
 */
const isChange = (proposals: readonly CommitProposal[]): boolean =>
  proposals.every(({ type }) => type === "add" || type === "remove");
