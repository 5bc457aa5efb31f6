/** Versions of a room's roles, made by the device that signs them. The hash of version 1 is the room id. */
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { parseClientId, roomIdOf, userOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import { peekSigned, signStructure } from "@nimes/protocol/signed/signed";

export type UserRole = { userId: UserId; role: RoomRole };
export type NewRoom = {
  kind: RoomKind;
  /** The founding device. */
  author: ClientId;
  /** Its device key. */
  device: Signer;
  /** Direct: the one other user, owner as well. Else: users with a role of their own. */
  others: readonly UserRole[];
  /** Milliseconds. */
  time: number;
};

/**
 * Version 1.
 * @returns the signed roles and the room id that they give.
 * @throws Error when `author` is no client id: a bug of the caller.
 */
export async function makeRoomRoles(room: NewRoom): Promise<{ roomId: RoomId; roles: Signed }> {
  const identity = parseClientId(room.author);
  if (!identity) throw new Error("the author of a room's roles is a device of the organisation");
  const value: RoomRoles = {
    orgId: identity.orgId,
    version: 1,
    previous: null,
    kind: room.kind,
    author: room.author,
    users: [{ userId: userOf(room.author), role: "owner" }, ...room.others],
    nonce: newNonce(),
    time: room.time,
  };
  const roles = await signStructure("RoomRoles", value, [room.device]);
  return { roomId: roomIdOf(roles.payload), roles };
}

/**
 * The next version behind one that was verified before.
 * @param next all users with a role of their own, in the order in which moderators follow.
 * @throws Error when `before` does not decode: a bug of the caller.
 */
export async function makeNextRoles(
  before: Signed,
  next: { author: ClientId; device: Signer; users: readonly UserRole[]; time: number },
): Promise<Signed> {
  const roles = peekSigned(RoomRoles, before);
  if (!roles.ok) throw new Error("the roles before have been verified");
  const { orgId, version, kind } = roles.value;
  const value: RoomRoles = {
    orgId,
    version: version + 1,
    previous: rolesHash(before.payload),
    kind,
    author: next.author,
    users: [...next.users],
    nonce: newNonce(),
    time: next.time,
  };
  return signStructure("RoomRoles", value, [next.device]);
}

const newNonce = (): Uint8Array => crypto.getRandomValues(new Uint8Array(16));
