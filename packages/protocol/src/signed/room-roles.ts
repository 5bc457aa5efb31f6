/**
 * Who may do what in a room: a chain of versions, each naming the hash of the one before. Version 1 names the room: its
 * hash is the room id. What a version may change of the one before it stands in `roles/`.
 */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes, Bytes32, ClientIdText, Closed, OrgIdText, SignedTime, UserIdText } from "../schema.ts";

export const RoomKind = Type.Union([Type.Literal("direct"), Type.Literal("group"), Type.Literal("channel")]);
export type RoomKind = Type.Static<typeof RoomKind>;
export const RoomRole = Type.Union([
  Type.Literal("owner"),
  Type.Literal("moderator"),
  Type.Literal("member"),
  Type.Literal("reader"),
]);
export type RoomRole = Type.Static<typeof RoomRole>;

export const RoomRoles = Closed({
  orgId: OrgIdText,
  version: Type.Integer({ minimum: 1, maximum: limits.maxRolesVersion }),
  /** Hash of the previous version's payload; null for version 1. */
  previous: Type.Union([Bytes32, Type.Null()]),
  /** The same in every version. */
  kind: RoomKind,
  /** The device that signed this version; of version 1 the one that founded the room. */
  author: ClientIdText,
  /**
   * Users with a role of their own. Everybody else who is in the room has the kind's: member of a group, reader of a
   * channel. In a direct room exactly the two users named here may ever be in it.
   */
  users: Type.Array(Closed({ userId: UserIdText, role: RoomRole }), {
    minItems: 1,
    maxItems: limits.maxRoomUsers,
  }),
  /** 16 random bytes, so that two rooms with the same users have different ids. */
  nonce: Bytes(16, 16),
  time: SignedTime,
});
export type RoomRoles = Type.Static<typeof RoomRoles>;
