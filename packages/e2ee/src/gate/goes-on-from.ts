/** Whether a Welcome goes on from what a device has seen of the room before (M10, M14). Pure. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { roleOf } from "@nimes/protocol/roles/room-rules";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { SeenRoom } from "../e2ee.ts";
import type { VerifiedRoles } from "./verified-roles.ts";

/**
 * Not by roles that are older than those seen: else whoever has lost theirs since brings people in by them. By others only of
 * an owner by those seen: a server may have shown what nobody else has. And not by somebody who was seen to go, as long as
 * no newer roles of anybody else say what they may now.
 * @param invitation.chain as it was verified; `roles` is its last version.
 */
export function goesOnFrom(
  seen: SeenRoom,
  invitation: { chain: readonly Signed[]; roles: VerifiedRoles; author: ClientId },
): boolean {
  const { chain, roles, author } = invitation;
  const { version, hash } = seen.roles;
  if (roles.version < version) return false;
  const hasGone = (device: ClientId): boolean => seen.former.includes(userOf(device));
  const same = chain[version - 1];
  if (!same || !equalBytes(rolesHash(same.payload), hash))
    return !hasGone(author) && roleOf(seen.roles, userOf(author)) === "owner";
  return !hasGone(author) || chain.slice(version).some((next) => isByAnother(next, hasGone));
}

function isByAnother(version: Signed, hasGone: (device: ClientId) => boolean): boolean {
  const next = peekSigned(RoomRoles, version);
  return next.ok && !hasGone(next.value.author);
}
