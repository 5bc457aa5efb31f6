/** Roles of a room whose signatures and hashes have been checked. */
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";

export type VerifiedRoles = {
  roomId: RoomId;
  kind: RoomKind;
  creator: ClientId;
  version: number;
  /** Users with a role; in a group everybody else in the room is a member. */
  users: { userId: UserId; role: RoomRole }[];
};
