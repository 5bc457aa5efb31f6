/** Who may bring a device into a room and take one out. Of the committer, only its client id counts. */
import type { ClientId } from "../ids.ts";
import { userOf } from "../ids.ts";
import { may } from "./may.ts";
import type { RoomSight } from "./room-rules.ts";
import { actingRoleOf, roleOf } from "./room-rules.ts";

/** In a direct room only the two users that its roles name. */
export const mayEverBeIn = ({ roles }: Pick<RoomSight, "roles">, clientId: ClientId): boolean =>
  roleOf(roles, userOf(clientId)) !== undefined;

/** Owners and moderators add users, everybody adds devices of their own and brings back whoever is awaited. */
export const additionAllowed = (sight: RoomSight, by: ClientId, added: ClientId): boolean =>
  mayEverBeIn(sight, added) &&
  (userOf(added) === userOf(by) ||
    may(sight, userOf(by), "add-users") ||
    (sight.awaited?.includes(added) ?? false));

/**
 * Owners remove anybody, moderators whoever has no such role, everybody devices of their own.
 * @param isOver the device or its user has ended, was revoked, or has asked to leave: then anybody may.
 */
export function removalAllowed(
  sight: RoomSight,
  by: ClientId,
  { device, isOver }: { device: ClientId; isOver: boolean },
): boolean {
  if (isOver || userOf(device) === userOf(by)) return true;
  if (!may(sight, userOf(by), "remove-users")) return false;
  const role = roleOf(sight.roles, userOf(device));
  return actingRoleOf(sight, userOf(by)) === "owner" || (role !== "owner" && role !== "moderator");
}

/** Whoever may add founds the room anew; in a direct room either of the two. Nobody is left out by themselves. */
export const refoundingAllowed = (
  sight: RoomSight,
  { author, without }: { author: ClientId; without: ClientId | null },
): boolean => may(sight, userOf(author), "refound") && author !== without;
