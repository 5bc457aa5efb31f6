/** Roles in force, decoded: they stand behind every message that is posted. */
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { RoomId } from "@nimes/protocol/ids";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { CurrentRoles, RoomHead } from "./append-view.ts";

const maxRooms = 5_000;

/** @param read payload of the roles in force. @returns a lookup that reads a room again when its roles have changed. */
export function createRolesCache(
  read: (roomId: RoomId) => Uint8Array,
): (roomId: RoomId, head: Pick<RoomHead, "rolesHash">) => CurrentRoles {
  const known = new Map<RoomId, { hash: Uint8Array; current: CurrentRoles }>();
  return (roomId, { rolesHash }) => {
    const kept = known.get(roomId);
    if (kept && equalBytes(kept.hash, rolesHash)) return kept.current;
    const payload = read(roomId);
    const roles = decodeCbor(RoomRoles, payload);
    if (!roles.ok) throw new Error("the roles of a room do not decode");
    const current = { roles: roles.value, payload };
    const [oldest] = known.size >= maxRooms ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    known.set(roomId, { hash: rolesHash, current });
    return current;
  };
}
