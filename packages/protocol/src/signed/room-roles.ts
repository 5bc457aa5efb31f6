/** Who may change who is in a room. Version 1 names the room: its hash is the room id. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes, ClientIdText, Closed, OrgIdText, Time, UserIdText } from "../schema.ts";

export const RoomKind = Type.Union([Type.Literal("direct"), Type.Literal("group")]);
export type RoomKind = Type.Static<typeof RoomKind>;
export const RoomRole = Type.Union([
  Type.Literal("owner"),
  Type.Literal("moderator"),
  Type.Literal("member"),
]);
export type RoomRole = Type.Static<typeof RoomRole>;

export const RoomRoles = Closed({
  orgId: OrgIdText,
  version: Type.Literal(1),
  /** Hash of the previous version's payload; null for version 1. */
  previous: Type.Null(),
  kind: RoomKind,
  /** The device that founded the room and signed this. */
  creator: ClientIdText,
  /**
   * Users with a role. In a group everybody else who is in the room is a member; in a direct room exactly the
   * two users named here may ever be in it.
   */
  users: Type.Array(Closed({ userId: UserIdText, role: RoomRole }), {
    minItems: 1,
    maxItems: limits.maxRoomUsers,
  }),
  /** 16 random bytes, so that two rooms with the same users have different ids. */
  nonce: Bytes(16, 16),
  time: Time,
});
export type RoomRoles = Type.Static<typeof RoomRoles>;
