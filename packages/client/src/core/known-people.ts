/** What a device knows of a room from the time when it was in its group, as the encryption asks for it. Pure. */
import type { KnownPeople, SeenRoom } from "@nimes/e2ee/e2ee";
import { userOf } from "@nimes/protocol/ids";
import type { RoomRecord } from "./room-record.ts";

/** Who this device knows to belong to the room, for a tree that it comes into without having seen how. */
export function knownPeople({
  devices,
  leftOut = [],
  pending,
  former = [],
  trouble,
}: RoomRecord): KnownPeople {
  // Whom the room was founded anew without has gone, before this device is in the new group.
  const without = trouble?.kind === "moved" && trouble.without ? [userOf(trouble.without)] : [];
  return {
    devices: [...devices, ...leftOut].filter((device) => !without.includes(userOf(device))),
    wished: pending,
    former: [...new Set([...former, ...without])],
  };
}

/**
 * What a Welcome has to go on from. Whose ended phone was taken out has not gone, and whoever has asked to leave has, whether
 * or not their leaf is still there.
 */
export function seenOf(room: RoomRecord): SeenRoom {
  const { roles, gone = [], leaving } = room;
  const { version, hash, kind, users } = roles;
  const former = [...knownPeople(room).former, ...leaving].filter((user) => !gone.includes(user));
  return { roles: { version, hash, kind, users }, former };
}
