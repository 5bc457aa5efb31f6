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

/** @param devices leaves of the group now. */
export function planMembers(room: RoomRecord, self: ClientId, devices: readonly ClientId[]): MemberPlan {
  if (room.standing.state !== "member" || !mayChangeMembers(room, userOf(self)))
    return { claim: [], remove: [] };
  const present = usersOf(devices);
  return {
    claim: room.pending.filter((user) => !present.includes(user)),
    remove: devices.filter((device) => device !== self && room.removing.includes(userOf(device))),
  };
}
