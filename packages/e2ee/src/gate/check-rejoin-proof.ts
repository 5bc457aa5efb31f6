/** Beside an external commit: the device that heals itself has signed this very commit, for this epoch, which it ends (M15). */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import { RejoinProof } from "@nimes/protocol/signed/rejoin-proof";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { Room } from "../e2ee.ts";
import type { DirectoryAtHand, OpenedByDevice } from "./open-by-device.ts";
import { openByDevice } from "./open-by-device.ts";

/** @returns `not-permitted` for a proof of something else than this entry. */
export async function checkRejoinProof(
  atHand: DirectoryAtHand,
  room: Pick<Room, "roomId" | "groupId">,
  entry: FullEntry,
): Promise<OpenedByDevice<RejoinProof>> {
  const signed = decodeCbor(Signed, entry.rejoin ?? new Uint8Array(0));
  if (!signed.ok) return { result: "refused", reason: "unreadable" };
  const signature = {
    claimed: peekSigned(RejoinProof, signed.value),
    openWith: (key: Uint8Array) => openSigned("RejoinProof", RejoinProof, signed.value, [key]),
  };
  const opened = await openByDevice(atHand, signature, { nameOf: ({ device }) => device, time: entry.time });
  if (opened.result !== "opened") return opened;
  const { roomId, groupId, epoch, commit } = opened.value;
  const fits =
    roomId === room.roomId &&
    equalBytes(groupId, fromHex(room.groupId)) &&
    epoch === entry.epoch &&
    equalBytes(commit, sha256(entry.bytes));
  return fits ? opened : { result: "refused", reason: "not-permitted" };
}
