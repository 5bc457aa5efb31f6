/**
 * Second rule of the gate (DESIGN §3), pure: whether a commit may change a room as it does. It refuses only what was
 * never allowed, by what is the same for every client: chains, roles and the entry's time.
 */
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { GateReason } from "../e2ee.ts";
import type { Leaf } from "./chain-lookup.ts";
import { hasEnded, standingOf } from "./chain-lookup.ts";
import type { VerifiedRoles } from "./verified-roles.ts";

export type RoomChange = {
  roles: VerifiedRoles;
  committer: ClientId;
  before: readonly ClientId[];
  after: readonly Leaf[];
  /** The list that travels beside the commit. */
  claimed: readonly ClientId[];
  /** Server's time of the entry, milliseconds. */
  time: number;
};

export type Judgement =
  | { allowed: true; added: ClientId[]; removed: ClientId[] }
  | { allowed: false; reason: GateReason };

export function judgeChange(directory: DirectoryLookup, change: RoomChange): Judgement {
  const after = change.after.map(({ clientId }) => clientId);
  const { added, removed } = differenceOf(change.before, after);
  const reason =
    judgeTree(directory, change) ??
    (change.before.includes(change.committer) ? undefined : "not-permitted") ??
    judgeAdded(directory, change, added) ??
    judgeRemoved(directory, change, removed);
  return reason ? { allowed: false, reason } : { allowed: true, added, removed };
}

/** What holds for the tree alone, also of a room that one is welcomed to. */
export function judgeTree(
  directory: DirectoryLookup,
  { roles, after, claimed }: Pick<RoomChange, "roles" | "after" | "claimed">,
): GateReason | undefined {
  if (!after.every((leaf) => standingOf(directory, leaf))) return "not-on-chain";
  if (!after.every(({ clientId }) => mayEverBeIn(roles, clientId))) return "not-permitted";
  const listed = new Set(claimed);
  const same = listed.size === claimed.length && claimed.length === after.length;
  return same && after.every(({ clientId }) => listed.has(clientId)) ? undefined : "device-list";
}

/** Owners and moderators change who is in the room. */
export function mayChangeUsers(roles: VerifiedRoles, clientId: ClientId): boolean {
  const role = roles.users.find(({ userId }) => userId === userOf(clientId))?.role;
  return role === "owner" || role === "moderator";
}

export function differenceOf(
  before: readonly ClientId[],
  after: readonly ClientId[],
): { added: ClientId[]; removed: ClientId[] } {
  return {
    added: after.filter((clientId) => !before.includes(clientId)),
    removed: before.filter((clientId) => !after.includes(clientId)),
  };
}

/** In a direct room only the two users that its roles name. */
export const mayEverBeIn = (roles: VerifiedRoles, clientId: ClientId): boolean =>
  roles.kind !== "direct" || roles.users.some(({ userId }) => userId === userOf(clientId));

function judgeAdded(
  directory: DirectoryLookup,
  { roles, committer, after, time }: RoomChange,
  added: readonly ClientId[],
): GateReason | undefined {
  for (const leaf of after.filter(({ clientId }) => added.includes(clientId))) {
    if (userOf(leaf.clientId) !== userOf(committer) && !mayChangeUsers(roles, committer))
      return "not-permitted";
    const standing = standingOf(directory, leaf);
    // A device that has ended is no reason to refuse: who looks earlier does not know it yet, and would judge otherwise.
    if (!standing || standing.user.validUntil < time) return "not-on-chain";
  }
  return undefined;
}

/** Anybody may remove the leaf of a device or user that no longer belongs to the circle. */
function judgeRemoved(
  directory: DirectoryLookup,
  { roles, committer, time }: RoomChange,
  removed: readonly ClientId[],
): GateReason | undefined {
  if (mayChangeUsers(roles, committer)) return undefined;
  const others = removed.filter((clientId) => userOf(clientId) !== userOf(committer));
  return others.every((clientId) => hasEnded(directory, clientId, time)) ? undefined : "not-permitted";
}
