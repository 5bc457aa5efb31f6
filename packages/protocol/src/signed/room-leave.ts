/**
 * By a device of the leaver: this user leaves the room with all devices. Whoever commits next takes their leaves out. It
 * counts in the epoch in which it was written: shown again after that, it would take out whoever was added again.
 */
import type * as Type from "typebox";
import { Bytes, ClientIdText, Closed, Count, GroupId, OrgIdText, RoomIdText, SignedTime } from "../schema.ts";

export const RoomLeave = Closed({
  orgId: OrgIdText,
  roomId: RoomIdText,
  /** The group and epoch in which the room log stands where this is written. */
  groupId: GroupId,
  epoch: Count,
  device: ClientIdText,
  time: SignedTime,
  /** 16 random bytes. */
  nonce: Bytes(16, 16),
});
export type RoomLeave = Type.Static<typeof RoomLeave>;
