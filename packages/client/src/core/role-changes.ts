/** What a user may do with the others of a room, by the one set of rules that gate, client and server ask. */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { may } from "@nimes/protocol/roles/may";
import { removalAllowed } from "@nimes/protocol/roles/membership";
import type { RoomSight, StandingRoles } from "@nimes/protocol/roles/room-rules";
import { roleOf } from "@nimes/protocol/roles/room-rules";
import type { RoomRole, RoomRoles } from "@nimes/protocol/signed/room-roles";

const allRoles: readonly RoomRole[] = ["owner", "moderator", "member", "reader"];
const lesserRoles: readonly RoomRole[] = ["member", "reader"];

/** Roles that a user may give to somebody, without the one they have. */
export function grantableRoles(sight: RoomSight, self: UserId, current: RoomRole): RoomRole[] {
  const others = (roles: readonly RoomRole[]) => roles.filter((role) => role !== current);
  if (may(sight, self, "give-roles")) return others(allRoles);
  const isLesser = lesserRoles.includes(current);
  return isLesser && may(sight, self, "mute") ? others(lesserRoles) : [];
}

/** Whether a device may take all of somebody's devices out. */
export const isRemovable = (
  sight: RoomSight,
  { by, devices }: { by: ClientId; devices: readonly ClientId[] },
): boolean =>
  may(sight, userOf(by), "remove-users") &&
  devices.every((device) => removalAllowed(sight, by, { device, isOver: false }));

/**
 * The list of users with a role of their own, after one has got another. Moderators follow in the order in which they
 * became it, so whoever becomes one stands behind the others.
 */
export function usersWithRole(roles: StandingRoles, userId: UserId, role: RoomRole): RoomRoles["users"] {
  const before = roles.users.find((user) => user.userId === userId);
  const isDefault = roleOf({ kind: roles.kind, users: [] }, userId) === role;
  const others = roles.users.filter((user) => user !== before);
  return isDefault ? others : [...others, { userId, role }];
}

/** Whose role is another one afterwards. */
export function changedRoles(
  before: StandingRoles,
  after: StandingRoles,
): { userId: UserId; role: RoomRole }[] {
  const users = new Set([...before.users, ...after.users].map(({ userId }) => userId));
  return [...users].flatMap((userId) => {
    const role = roleOf(after, userId);
    return role && role !== roleOf(before, userId) ? [{ userId, role }] : [];
  });
}
