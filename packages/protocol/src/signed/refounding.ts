/**
 * By a device that may add: the room goes on in a new MLS group, with the people it had. It answers an entry of the log
 * that the old group cannot get past; only the Welcome that goes with this entry replaces a group.
 */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import {
  Bytes32,
  ClientIdText,
  Closed,
  Count,
  GroupId,
  OrgIdText,
  RoomIdText,
  SignedTime,
} from "../schema.ts";

/** A new group is made and everybody added to it in one commit, which ends its epoch 0; alone, it is given new keys. */
export const refoundedEpoch = 1;

export const Refounding = Closed({
  orgId: OrgIdText,
  roomId: RoomIdText,
  /** Of the new group; 32 random bytes. */
  groupId: GroupId,
  /** The entry that is answered, as the author has it. */
  answers: Closed({ sequence: Count, digest: Bytes32 }),
  /** Whose commit was authenticated and against the rules, and who is left out for it; null where nobody is blamed. */
  without: Type.Union([ClientIdText, Type.Null()]),
  /** The roles that this was judged by. */
  rolesVersion: Type.Integer({ minimum: 1, maximum: limits.maxRolesVersion }),
  author: ClientIdText,
  time: SignedTime,
});
export type Refounding = Type.Static<typeof Refounding>;
