/** Who is still to be added to a room, and which leaves are to go: the wish against the tree as it is. */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { RoomRecord } from "./room-record.ts";
import { mayChangeMembers, usersOf } from "./room-record.ts";

export type MemberPlan = {
  /** Users whose key packages are needed. */
  claim: UserId[];
  remove: ClientId[];
};

/**
 * Whoever is wished for and has a new device is added again with it, and the leaf of the ended one goes.
 * @param tree.devices leaves of the group now.
 * @param tree.isEnded whether a later letter has ended a device.
 * @param tree.isOver whether it has to go before anything is sealed; any member may do that.
 */
export function planMembers(
  room: RoomRecord,
  self: ClientId,
  tree: {
    devices: readonly ClientId[];
    isEnded(device: ClientId): boolean;
    isOver(device: ClientId): boolean;
  },
): MemberPlan {
  if (room.standing.state !== "member") return { claim: [], remove: [] };
  const { devices, isEnded, isOver } = tree;
  const over = devices.filter((device) => device !== self && isOver(device));
  if (!mayChangeMembers(room, userOf(self))) return { claim: [], remove: over };
  const present = usersOf(devices.filter((device) => !isEnded(device)));
  const claim = room.pending.filter((user) => !present.includes(user));
  return {
    claim,
    remove: devices.filter(
      (device) =>
        device !== self &&
        (room.removing.includes(userOf(device)) ||
          over.includes(device) ||
          (isEnded(device) && claim.includes(userOf(device)))),
    ),
  };
}
