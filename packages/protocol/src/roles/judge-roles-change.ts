/** Whether one version of a room's roles may follow another. Every client and the server ask here. */
import { equalBytes } from "../bytes.ts";
import type { UserId } from "../ids.ts";
import { parseClientId, userOf } from "../ids.ts";
import { limits } from "../limits.ts";
import type { Result } from "../result.ts";
import { ok, refuse } from "../result.ts";
import { rolesHash } from "../signed/hashes.ts";
import type { RoomRoles } from "../signed/room-roles.ts";
import { may } from "./may.ts";
import type { RoomSight, StandingRoles } from "./room-rules.ts";
import { roleOf, successorIn } from "./room-rules.ts";

const fine = ok(undefined);

/** What holds for any version by itself. @returns `malformed` with the field that cannot be. */
export function checkRoles(roles: RoomRoles): Result<void> {
  const { kind, users, author, orgId, version, previous } = roles;
  if (new Set(users.map(({ userId }) => userId)).size !== users.length) return refuse("malformed", "/users");
  const owners = users.filter(({ role }) => role === "owner");
  if (owners.length === 0) return refuse("malformed", "/users");
  if (kind === "direct" && !(users.length === 2 && owners.length === 2)) return refuse("malformed", "/users");
  if (parseClientId(author)?.orgId !== orgId) return refuse("malformed", "/orgId");
  if ((version === 1) !== (previous === null)) return refuse("malformed", "/previous");
  if (version === 1 && !owners.some(({ userId }) => userId === userOf(author)))
    return refuse("malformed", "/author");
  return fine;
}

/**
 * Whether a version stands in the chain behind another. @param before payload bytes of that one.
 * @returns `broken-chain` unless it is the very next.
 */
export function checkContinues(
  before: { roles: RoomRoles; payload: Uint8Array },
  next: RoomRoles,
): Result<void> {
  const { roles, payload } = before;
  const follows =
    next.version === roles.version + 1 &&
    next.previous !== null &&
    equalBytes(next.previous, rolesHash(payload)) &&
    next.kind === roles.kind &&
    next.orgId === roles.orgId;
  return follows ? fine : refuse("broken-chain");
}

/**
 * Whether the author of a version may change the roles so: owners everything but leaving the room without an owner who
 * is in it, moderators only who writes and who reads, nobody else anything. In a direct room nothing ever changes.
 * @param sight of the room before the change, the author among those present.
 * @returns `malformed` as {@link checkRoles}, or `forbidden`.
 */
export function judgeRolesChange(sight: RoomSight, next: RoomRoles): Result<void> {
  const { roles: before, present } = sight;
  const sound = checkRoles(next);
  if (!sound.ok) return sound;
  const author = userOf(next.author);
  if (!present.includes(author)) return refuse("forbidden");
  if (may(sight, author, "give-roles"))
    return present.some((userId) => roleOf(next, userId) === "owner") ? fine : refuse("forbidden");
  return may(sight, author, "mute") && onlyMutes(before, next) ? fine : refuse("forbidden");
}

/**
 * As {@link judgeRolesChange} for whoever does not know who was in the room then: what it allows for some people present.
 * Whoever knows the log judges by that.
 */
export function couldBeAllowed(before: StandingRoles, next: RoomRoles): Result<void> {
  const author = userOf(next.author);
  const everybody = [...before.users, ...next.users].map(({ userId }) => userId);
  const withOwners = judgeRolesChange({ roles: before, present: [...new Set([author, ...everybody])] }, next);
  if (withOwners.ok || withOwners.code === "malformed") return withOwners;
  // The author follows an owner who is gone: with those of the new owners in the room in whose presence that is so.
  const follows = (present: readonly UserId[]): boolean => successorIn({ roles: before, present }) === author;
  const newOwners = next.users.filter(({ role, userId }) => role === "owner" && follows([author, userId]));
  const few = [...new Set([author, ...newOwners.map(({ userId }) => userId)])];
  return follows([author]) ? judgeRolesChange({ roles: before, present: few }, next) : refuse("forbidden");
}

/** Only member and reader change, of users who are nothing more; the order in which moderators follow stays. */
function onlyMutes(before: StandingRoles, next: RoomRoles): boolean {
  if (next.version > limits.maxRolesVersion / 2) return false;
  const leading = ({ users }: StandingRoles): string =>
    users
      .filter(({ role }) => role === "owner" || role === "moderator")
      .map(({ userId, role }) => `${role} ${userId}`)
      .join();
  return leading(before) === leading(next);
}
