/** What goes with an external commit: the device that heals itself signs for it. */
import { fromHex } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RejoinProof } from "@nimes/protocol/signed/rejoin-proof";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { CommitBundle } from "../e2ee.ts";

export type Healer = {
  clientId: ClientId;
  /** Device key. */
  device: Signer;
};

/** @param time milliseconds. */
export function makeRejoinProof(
  { clientId, device }: Healer,
  roomId: RoomId,
  { groupId, epoch, commit }: Pick<CommitBundle, "groupId" | "epoch" | "commit">,
  time: number,
): Promise<Signed> {
  const proof: RejoinProof = {
    roomId,
    groupId: fromHex(groupId),
    epoch,
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    commit: sha256(commit),
    device: clientId,
    time,
  };
  return signStructure("RejoinProof", proof, [device]);
}
