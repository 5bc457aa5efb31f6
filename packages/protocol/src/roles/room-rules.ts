/** What the rules of a room look at: its roles as they stand, and who is in it. */
import type { ClientId, UserId } from "../ids.ts";
import { userOf } from "../ids.ts";
import type { RoomKind, RoomRole, RoomRoles } from "../signed/room-roles.ts";

/** Roles of one version. */
export type StandingRoles = Pick<RoomRoles, "kind" | "users">;

export type RoomSight = {
  roles: StandingRoles;
  /**
   * Users with a leaf in the tree, each once, in the order of their first leaves: whoever has been there longest comes
   * first. Also those whose devices have ended, until a commit takes them out, because not everybody learns of an end at
   * the same time; those whose leaving stands in the log are left out.
   */
  present: readonly UserId[];
  /** Devices of those who led the room when somebody else founded it anew, and are not back; see `awaited.ts`. */
  awaited?: readonly ClientId[];
};

const defaultRoles = { direct: undefined, group: "member", channel: "reader" } as const satisfies Record<
  RoomKind,
  RoomRole | undefined
>;

/** The role that the roles give a user; undefined for a third one in a direct room. */
export const roleOf = ({ kind, users }: StandingRoles, userId: UserId): RoomRole | undefined =>
  users.find((user) => user.userId === userId)?.role ?? defaultRoles[kind];

/**
 * Who acts as owner while no owner is in the room: the first moderator, in the order of the roles, who is there, else
 * whoever has been there longest. Nobody gets ahead of others by founding the room anew without them.
 */
export function successorIn({ roles, present, awaited = [] }: RoomSight): UserId | undefined {
  if (roles.kind === "direct") return undefined;
  const there = [...present, ...awaited.map(userOf)];
  if (there.some((userId) => roleOf(roles, userId) === "owner")) return undefined;
  const moderators = roles.users.filter(({ role }) => role === "moderator");
  return moderators.find(({ userId }) => there.includes(userId))?.userId ?? there[0];
}

/** The role that a user acts with: as {@link roleOf}, or owner where the room has none. */
export const actingRoleOf = (sight: RoomSight, userId: UserId): RoomRole | undefined =>
  successorIn(sight) === userId ? "owner" : roleOf(sight.roles, userId);
