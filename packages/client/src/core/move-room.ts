/** The room that goes on in another group: what this device knows of it then, and who is not in the new one yet. Pure. */
import type { ClientId, GroupId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import { leadsBy, stillAwaited } from "@nimes/protocol/roles/awaited";
import { actingRoleOf } from "@nimes/protocol/roles/room-rules";
import type { IsEnded, RoomRecord } from "./room-record.ts";
import { sightOf, usersOf } from "./room-record.ts";

export type Move = {
  groupId: GroupId;
  /** Leaves of the new group, as this device came into it. */
  devices: ClientId[];
  joinedEpoch: number;
  logEpoch: number;
  ownCommits: RoomRecord["ownCommits"];
  senders: RoomRecord["senders"];
  /** Whom the refounding leaves out by right. */
  without: ClientId | null;
};

/**
 * Whoever was in the old group and is not in the new one is added again by whoever may: who founds a room anew finds key
 * packages missing, or says so. Not whoever was left out by right, has asked to leave or was to be taken out; and whoever
 * has a new phone comes back as always, after somebody has asked them.
 */
export function movedRoom(
  { trouble: _, ...room }: RoomRecord,
  { without, ...to }: Move,
  isEnded: IsEnded,
): RoomRecord {
  const there = usersOf(to.devices);
  const isWithout = (user: UserId): boolean => without !== null && userOf(without) === user;
  const absent = [...room.devices, ...(room.leftOut ?? [])].filter((device) => {
    const user = userOf(device);
    return ![...there, ...room.leaving, ...room.removing].includes(user) && !isWithout(user);
  });
  const ended = usersOf(absent.filter(isEnded));
  const leftOut = absent.filter((device) => !isEnded(device));
  const went = without === null ? [] : [userOf(without)];
  const moved = {
    ...room,
    ...to,
    former: [...new Set([...(room.former ?? []), ...went])].filter((user) => !there.includes(user)),
    leftOut: [...new Set(leftOut)],
    gone: [...new Set([...(room.gone ?? []), ...ended])].filter((user) => !there.includes(user)),
    pending: room.pending.filter((user) => !there.includes(user)),
    leaving: room.leaving.filter((user) => there.includes(user)),
    removing: room.removing.filter((user) => isStillToGo({ ...room, devices: to.devices }, user)),
  };
  return withUnseen(withAwaited(moved, room.awaited), room.unseen);
}

/** Those whose users are in the tree are awaited no more. */
export function withAwaited(
  { awaited: _, ...room }: RoomRecord,
  awaited: Awaited | undefined,
  tree: readonly ClientId[] = room.devices,
): RoomRecord {
  const still = stillAwaited(awaited, tree);
  return still ? { ...room, awaited: still } : room;
}

/**
 * Who is waited for in a tree that this device has come back to, where whoever led the room is gone from it: it has not seen
 * why, and the log is still to be read. Without this anybody who makes a tree without the owner, together with a server, would
 * lead there. Whose phone has ended was taken out by right.
 * @param time of the newest entry that there can be, milliseconds.
 */
export function unseenWhenHealed(
  room: RoomRecord,
  tree: readonly ClientId[],
  { isEnded, time }: { isEnded: IsEnded; time: number },
): Awaited | undefined {
  const sight = sightOf(room, isEnded, time);
  const there = usersOf(tree);
  const led = sight.present.filter((user) => actingRoleOf(sight, user) === "owner");
  if (room.roles.kind === "direct" || led.some((user) => there.includes(user))) return room.unseen;
  const missing = room.devices.filter((device) => led.includes(userOf(device)) && !isEnded(device));
  if (missing.length === 0) return room.unseen;
  return { devices: [...(room.unseen?.devices ?? []), ...missing], until: time + limits.awaitedMs };
}

/** Those whose users are in the tree are back, whatever has taken them out of it. */
export function withUnseen(
  { unseen: _, ...room }: RoomRecord,
  unseen: Awaited | undefined,
  tree: readonly ClientId[] = room.devices,
): RoomRecord {
  const still = stillAwaited(unseen, tree);
  return still ? { ...room, unseen: still } : room;
}

/** Whether somebody who leads is not back since a refounding: only an entry of the roles ends that for everybody. */
export const isWaitedFor = (
  { roles, leftOut = [], awaited }: Pick<RoomRecord, "roles" | "leftOut" | "awaited">,
  userId: UserId,
): boolean => leadsBy(roles, userId) && usersOf([...leftOut, ...(awaited?.devices ?? [])]).includes(userId);

/** A removal stands until nobody has a leaf of theirs, nobody waits for them, and no lead of theirs is left in the roles. */
export const isStillToGo = (
  room: Pick<RoomRecord, "roles" | "devices" | "leftOut" | "awaited">,
  userId: UserId,
): boolean => usersOf(room.devices).includes(userId) || leadsBy(room.roles, userId);

/** Whether somebody is nothing in a room but wished for. */
export const isOnlyWished = (
  { devices, leftOut = [], pending }: Pick<RoomRecord, "devices" | "leftOut" | "pending">,
  userId: UserId,
): boolean => pending.includes(userId) && !usersOf([...devices, ...leftOut]).includes(userId);

/** Users whom a refounding left out, and who are not back; a device that has ended meanwhile does not come back by this. */
export const leftOutOf = ({ leftOut = [] }: Pick<RoomRecord, "leftOut">, isEnded: IsEnded): UserId[] =>
  usersOf(leftOut.filter((device) => !isEnded(device)));

/**
 * Users whose devices have ended: taken out of the tree, or left out by a refounding and ended since. They come back with the
 * new one as soon as somebody adds them.
 */
export function goneFrom({ gone = [], leftOut = [] }: RoomRecord, isEnded: IsEnded): UserId[] {
  const inUse = usersOf(leftOut.filter((device) => !isEnded(device)));
  const ended = usersOf(leftOut).filter((user) => !inUse.includes(user));
  return [...new Set([...gone, ...ended])];
}

/**
 * The room of a device that has lost its place in the group; undefined where it goes on in another one anyway, which the log has
 * named, or will because a restored backup has taken this one back.
 * @param since own clock, milliseconds.
 */
export const strandedRoom = (room: RoomRecord, since: number): RoomRecord | undefined =>
  room.trouble?.kind === "moved" || room.trouble?.kind === "rewound"
    ? undefined
    : { ...room, trouble: { kind: "stranded", since } };
