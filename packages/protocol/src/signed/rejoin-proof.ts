/**
 * By a device that lost its place in a group where its leaf still stands: this external commit is its own. It names the
 * commit and the epoch that it ends, of which there is only one, so it counts once.
 */
import type * as Type from "typebox";
import { Bytes, Bytes32, ClientIdText, Closed, Count, GroupId, RoomIdText, SignedTime } from "../schema.ts";

export const RejoinProof = Closed({
  roomId: RoomIdText,
  groupId: GroupId,
  /** Epoch that the commit ends. */
  epoch: Count,
  /** 16 random bytes. */
  nonce: Bytes(16, 16),
  /** SHA-256 of the commit's bytes. */
  commit: Bytes32,
  device: ClientIdText,
  time: SignedTime,
});
export type RejoinProof = Type.Static<typeof RejoinProof>;
