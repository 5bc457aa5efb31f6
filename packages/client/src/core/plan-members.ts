/** Who is still to be added to a room, and which leaves are to go: the wish against the tree as it is. */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { leadsBy } from "@nimes/protocol/roles/awaited";
import { may } from "@nimes/protocol/roles/may";
import { refoundedEpoch } from "@nimes/protocol/signed/refounding";
import { isWaitedFor, leftOutOf } from "./move-room.ts";
import { isRemovable } from "./role-changes.ts";
import type { IsEnded, RoomRecord } from "./room-record.ts";
import { mayChangeMembers, sightOf, usersOf } from "./room-record.ts";

/** Whether a device is one that was wished for: whoever was left out comes with the very device that was there. */
export const isWanted = ({ pending, leftOut = [] }: RoomRecord, device: ClientId): boolean =>
  pending.includes(userOf(device)) || leftOut.includes(device);

export type MemberPlan = {
  /** Users whose key packages are needed. */
  claim: UserId[];
  remove: ClientId[];
};

/** Whom people wished to take out, and by the roles in force this device may not. */
export const forbiddenRemovals = (room: RoomRecord, self: ClientId, isEnded: IsEnded): UserId[] =>
  room.removing.filter((user) => {
    const devices = [...room.devices, ...(room.leftOut ?? [])].filter((device) => userOf(device) === user);
    const sight = sightOf(room, isEnded);
    const onlyLead = devices.length === 0 && leadsBy(room.roles, user);
    return (
      !isRemovable(sight, { by: self, devices }) || (onlyLead && !may(sight, userOf(self), "give-roles"))
    );
  });

/**
 * Users who are to go, and have, but for the lead that the roles still give them: as long as they do, everybody waits for whom
 * a refounding left out, and whoever comes back to the room takes them for a leader.
 */
export const toDemote = (room: RoomRecord): UserId[] =>
  room.removing.filter(
    (user) => leadsBy(room.roles, user) && (isWaitedFor(room, user) || !usersOf(room.devices).includes(user)),
  );

/**
 * Whoever leads the room and was left out is brought back by anybody who is in its new group from the beginning, while
 * nobody else has come: whoever comes back takes strangers from nobody without the right to add them.
 */
function broughtBackBy(room: RoomRecord, isEnded: IsEnded): UserId[] {
  const { joinedEpoch = 0, refounded = 0, senders } = room;
  const hasCome = (device: ClientId): boolean => (senders[device]?.since ?? 0) > refounded;
  if (joinedEpoch > refoundedEpoch || room.devices.some(hasCome)) return [];
  const { awaited = [] } = sightOf(room, isEnded);
  return leftOutOf(room, isEnded).filter((user) => usersOf(awaited).includes(user));
}

/**
 * Whoever is wished for and has a new device is added again with it, and the leaf of the ended one goes. Before anybody
 * comes, the leaves of all who have left go: whoever comes in does not know who had asked to leave, and the server takes no
 * addition before.
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
  const hasLeft = (device: ClientId): boolean => room.leaving.includes(userOf(device));
  const present = usersOf(devices.filter((device) => !isEnded(device) && !hasLeft(device)));
  const mayChange = mayChangeMembers(room, userOf(self), isEnded);
  const missing = mayChange ? leftOutOf(room, isEnded) : broughtBackBy(room, isEnded);
  const wished = new Set([...(mayChange ? room.pending : []), ...missing]);
  const claim = [...wished].filter((user) => ![...present, ...room.removing].includes(user));
  return {
    claim,
    remove: devices.filter(
      (device) =>
        device !== self &&
        ((mayChange && room.removing.includes(userOf(device))) ||
          over.includes(device) ||
          (hasLeft(device) && claim.length > 0) ||
          (isEnded(device) && claim.includes(userOf(device)))),
    ),
  };
}
