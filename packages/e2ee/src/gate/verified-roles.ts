/** Roles of a room whose signatures and hashes have been checked. */
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";

export type VerifiedRoles = {
  roomId: RoomId;
  kind: RoomKind;
  /** The device that signed this version; of version 1 the one that founded the room. */
  author: ClientId;
  version: number;
  /** Hash of this version's payload. */
  hash: Uint8Array;
  /** Users with a role of their own; see `roleOf`. */
  users: { userId: UserId; role: RoomRole }[];
};
