/** What a role allows. */
import type { UserId } from "../ids.ts";
import type { RoomRole } from "../signed/room-roles.ts";
import type { RoomSight } from "./room-rules.ts";
import { actingRoleOf } from "./room-rules.ts";

export type RoomAct =
  | "post"
  /** Name and picture of the room. */
  | "change-profile"
  | "add-users"
  | "remove-users"
  /** All that owners decide: who is owner, who is moderator. */
  | "give-roles"
  /** Member or reader, of those who have no more than that. */
  | "mute"
  | "refound"
  /** A direct room ends with its two people; nobody leaves it. */
  | "leave";

const everything: readonly RoomAct[] = [
  "post",
  "change-profile",
  "add-users",
  "remove-users",
  "give-roles",
  "mute",
  "refound",
  "leave",
];
const allowedTo: Record<RoomRole, readonly RoomAct[]> = {
  owner: everything,
  moderator: everything.filter((act) => act !== "give-roles"),
  member: ["post", "leave"],
  reader: ["leave"],
};
/** The two of a direct room are alike, for ever: neither gives a role, or takes the other out. */
const notInDirect: readonly RoomAct[] = ["give-roles", "mute", "remove-users", "change-profile", "leave"];

/** Whether a user may do this in a room, by the roles that stand. Whether the user is in it is another question. */
export function may(sight: RoomSight, userId: UserId, act: RoomAct): boolean {
  const role = actingRoleOf(sight, userId);
  if (!role || !allowedTo[role].includes(act)) return false;
  return sight.roles.kind !== "direct" || !notInDirect.includes(act);
}
