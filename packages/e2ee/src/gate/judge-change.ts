/**
 * Second rule of the gate (DESIGN §3), pure: whether a commit may change a room as it does. It refuses only what was
 * never allowed, by what is the same for every client: chains, the roles in force, who was there, and the entry's time.
 * What the roles allow stands in `protocol/roles`, where the server asks, too.
 */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { awaitedAt } from "@nimes/protocol/roles/awaited";
import { additionAllowed, mayEverBeIn, removalAllowed } from "@nimes/protocol/roles/membership";
import type { RoomSight } from "@nimes/protocol/roles/room-rules";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { GateReason, Room } from "../e2ee.ts";
import type { Leaf } from "./chain-lookup.ts";
import { hadEnded, standingOf } from "./chain-lookup.ts";

/** The part of a room that its rules look at. */
export type RuledRoom = Pick<Room, "roles" | "leaving" | "awaited">;

export type RoomChange = {
  room: RuledRoom;
  committer: ClientId;
  /** In the order of the leaves. */
  before: readonly ClientId[];
  after: readonly Leaf[];
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
    judgeTree(directory, change.room, change.after) ??
    (change.before.includes(change.committer) ? undefined : "not-permitted") ??
    judgeAdded(directory, change, added) ??
    (removed.every((device) => mayRemove(directory, change, device)) ? undefined : "not-permitted");
  return reason ? { allowed: false, reason } : { allowed: true, added, removed };
}

/** What holds for the tree alone, also of a room that one is welcomed to. */
export function judgeTree(
  directory: DirectoryLookup,
  { roles }: Pick<Room, "roles">,
  leaves: readonly Leaf[],
): GateReason | undefined {
  if (!leaves.every((leaf) => standingOf(directory, leaf))) return "not-on-chain";
  return leaves.every(({ clientId }) => mayEverBeIn({ roles }, clientId)) ? undefined : "not-permitted";
}

/** What the rules see of a room. @param at.tree in the order of the leaves. @param at.time of the entry, milliseconds. */
export const sightOf = (
  directory: DirectoryLookup,
  { roles, leaving, awaited }: RuledRoom,
  { tree, time }: { tree: readonly ClientId[]; time: number },
): RoomSight => ({
  roles,
  awaited: stillAwaitedIn(directory, awaited ? { awaited } : {}, time),
  present: [...new Set(tree.map(userOf))].filter((userId) => !leaving.includes(userId)),
});

/** Who is awaited in a room at that time, see protocol/roles/awaited. @param time of the entry, milliseconds. */
export const stillAwaitedIn = (
  directory: DirectoryLookup,
  { awaited }: Pick<Room, "awaited">,
  time: number,
): readonly ClientId[] =>
  awaitedAt(awaited, { time, hadEnded: (device, at) => hadEnded(directory, device, at) });

/** Users whose end would change who leads a room: known anew before anybody is refused for lack of the lead. */
export const awaitedUsers = ({ awaited }: Pick<Room, "awaited">): UserId[] =>
  (awaited?.devices ?? []).map(userOf);

/**
 * Whether a device that is new in the room takes a Welcome of this author: by the roles as they are written. It cannot know
 * who was there before, so to it nobody acts for an owner who is gone; whoever does takes the role first, in the log (M14).
 */
export const mayWelcome = ({ roles }: Pick<Room, "roles">, author: ClientId, device: ClientId): boolean =>
  additionAllowed({ roles, present: roles.users.map(({ userId }) => userId) }, author, device);

/** Anybody may remove the leaf of whoever no longer belongs to the circle or has asked to leave. */
export function mayRemove(
  directory: DirectoryLookup,
  { room, committer, before, time }: Pick<RoomChange, "room" | "committer" | "before" | "time">,
  device: ClientId,
): boolean {
  const isOver = room.leaving.includes(userOf(device)) || hadEnded(directory, device, time);
  return removalAllowed(sightOf(directory, room, { tree: before, time }), committer, { device, isOver });
}

export function differenceOf(
  before: readonly ClientId[],
  after: readonly ClientId[],
): { added: ClientId[]; removed: ClientId[] } {
  const [were, are] = [new Set(before), new Set(after)];
  return {
    added: after.filter((clientId) => !were.has(clientId)),
    removed: before.filter((clientId) => !are.has(clientId)),
  };
}

function judgeAdded(
  directory: DirectoryLookup,
  { room, committer, before, after, time }: RoomChange,
  added: readonly ClientId[],
): GateReason | undefined {
  const sight = sightOf(directory, room, { tree: before, time });
  for (const leaf of after.filter(({ clientId }) => added.includes(clientId))) {
    if (!additionAllowed(sight, committer, leaf.clientId)) return "not-permitted";
    const standing = standingOf(directory, leaf);
    // A device that has ended is no reason to refuse: who looks earlier does not know it yet, and would judge otherwise.
    if (!standing || standing.user.validUntil < time) return "not-on-chain";
  }
  return undefined;
}
