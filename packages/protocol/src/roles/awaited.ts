/**
 * Whoever leads a room and was left out when somebody else founded it anew: nobody takes their place meanwhile, and anybody
 * brings them back. Told by the log and the tree alone, so that server and clients have the same.
 */
import type { ClientId, UserId } from "../ids.ts";
import { userOf } from "../ids.ts";
import { limits } from "../limits.ts";
import { removalAllowed } from "./membership.ts";
import type { RoomSight, StandingRoles } from "./room-rules.ts";
import { actingRoleOf, roleOf } from "./room-rules.ts";

export type Awaited = {
  /** The very devices that were there. */
  devices: readonly ClientId[];
  /** By the time of entries, milliseconds: whoever is not back by then has gone, as if taken out. */
  until: number;
};

/**
 * Devices that are awaited: one that has ended comes back no more, and whoever is there with an ended device could be taken
 * out by anybody.
 * @param at.time of the entry that is judged.
 */
export const awaitedAt = (
  awaited: Awaited | undefined,
  at: { time: number; hadEnded(device: ClientId, time: number): boolean },
): readonly ClientId[] =>
  awaited && at.time <= awaited.until
    ? awaited.devices.filter((device) => !at.hadEnded(device, at.time))
    : [];

export type Founding = {
  /** The room before, with who was awaited already. */
  sight: RoomSight;
  /** Leaves of the old group. */
  tree: readonly ClientId[];
  author: ClientId;
  /** Whom the author does it without. */
  without: ClientId | null;
  /** Of the entry. */
  time: number;
};

/**
 * Who would be awaited behind a refounding that nobody came out of: `stillAwaited` says who really is. Not whom the author
 * might take out anyway, and nobody in a direct room, where both are alike.
 */
export function awaitedBehind({ sight, tree, author, without, time }: Founding): Awaited | undefined {
  if (sight.roles.kind === "direct") return undefined;
  const isGone = without !== null && removalAllowed(sight, author, { device: without, isOver: false });
  const devices = [...new Set([...tree, ...(sight.awaited ?? [])])].filter((device) => {
    const role = actingRoleOf(sight, userOf(device));
    const isThere = sight.present.includes(userOf(device)) || sight.awaited?.includes(device);
    const leads = role === "owner" || role === "moderator";
    return isThere && leads && !(isGone && userOf(device) === userOf(without));
  });
  return devices.length === 0 ? undefined : { devices, until: time + limits.awaitedMs };
}

/** Whether somebody leads by the roles as they are written. */
export const leadsBy = (roles: StandingRoles, userId: UserId): boolean => {
  const role = roleOf(roles, userId);
  return role === "owner" || role === "moderator";
};

/** Whether an entry of the roles takes the lead from somebody: they are waited for no more, by nobody. */
export const losesLead = (before: StandingRoles, after: StandingRoles, userId: UserId): boolean =>
  leadsBy(before, userId) && !leadsBy(after, userId);

/** Who is awaited behind an entry of the roles. */
export function awaitedBehindRoles(
  awaited: Awaited | undefined,
  before: StandingRoles,
  after: StandingRoles,
): Awaited | undefined {
  if (!awaited) return undefined;
  const devices = awaited.devices.filter((device) => !losesLead(before, after, userOf(device)));
  return devices.length === 0 ? undefined : { ...awaited, devices };
}

/** Those whose users have no leaf in the tree. */
export function stillAwaited(awaited: Awaited | undefined, tree: readonly ClientId[]): Awaited | undefined {
  if (!awaited) return undefined;
  const there = new Set(tree.map(userOf));
  const devices = awaited.devices.filter((device) => !there.has(userOf(device)));
  return devices.length === 0 ? undefined : { ...awaited, devices };
}
