/** Version 1 of a room's roles, made by the device that founds the room: its hash is the room id. */

import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { parseClientId, roomIdOf, userOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomKind, RoomRole, RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";

export type NewRoom = {
  kind: RoomKind;
  creator: ClientId;
  /** The creator's device key. */
  device: Signer;
  /** Direct: the one other user, who may add devices of both just as the creator may. Group: users with a role. */
  others: readonly { userId: UserId; role: RoomRole }[];
  /** Milliseconds. */
  time: number;
};

/**
 * @returns the signed roles and the room id that they give.
 * @throws Error when `creator` is no client id: a bug of the caller.
 */
export async function makeRoomRoles(room: NewRoom): Promise<{ roomId: RoomId; roles: Signed }> {
  const identity = parseClientId(room.creator);
  if (!identity) throw new Error("the creator of a room is a device of the organisation");
  const value: RoomRoles = {
    orgId: identity.orgId,
    version: 1,
    previous: null,
    kind: room.kind,
    creator: room.creator,
    users: [{ userId: userOf(room.creator), role: "owner" }, ...room.others],
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    time: room.time,
  };
  const roles = await signStructure("RoomRoles", value, [room.device]);
  return { roomId: roomIdOf(roles.payload), roles };
}
