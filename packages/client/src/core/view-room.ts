/** What people see of one room and of everybody in it, and what this user may do there. Pure. */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { may } from "@nimes/protocol/roles/may";
import { actingRoleOf, successorIn } from "@nimes/protocol/roles/room-rules";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";
import type { RoomDetail, RoomMember } from "../nimes-client.ts";
import { isWaitedFor, leftOutOf } from "./move-room.ts";
import type { OutboxRecord } from "./outbox-record.ts";
import { grantableRoles, isRemovable } from "./role-changes.ts";
import type { RoomRecord } from "./room-record.ts";
import { isIn, mayChangeMembers, peerOf, sightOf, usersOf } from "./room-record.ts";
import type { Names } from "./view.ts";
import { endedOf, goneOf, isEndedIn, nameOf, summaryOf } from "./view.ts";

export function detailOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomDetail {
  const self = userOf(names.self);
  const present = usersOf(room.devices);
  const peer = peerOf(room, self);
  const isOver = isEndedIn(names);
  const sight = sightOf(room, isOver);
  const devicesOf = (userId: UserId) =>
    [...room.devices, ...(room.leftOut ?? [])].filter((device) => userOf(device) === userId);
  const gone = goneOf(names, room).filter((userId) => !present.includes(userId));
  const leftOut = leftOutOf(room, isOver);
  const expected = [...room.pending, ...leftOut, ...room.removing, ...(peer ? [peer] : [])].filter(
    (userId) => ![...present, ...gone].includes(userId),
  );
  const isLastOwner =
    sight.present.filter((userId) => actingRoleOf(sight, userId) === "owner").join() === self;
  const successor = successorIn({ ...sight, present: sight.present.filter((userId) => userId !== self) });
  const grantable = (userId: UserId, role: RoomRole): RoomRole[] =>
    !(sight.present.includes(userId) || isWaitedFor(room, userId)) || (userId === self && isLastOwner)
      ? []
      : grantableRoles(sight, self, role);
  const member = (userId: UserId, state: RoomMember["state"]): RoomMember => {
    const user = names.user(userId);
    const role = actingRoleOf(sight, userId) ?? "member";
    const refused = room.refusals?.[userId];
    const inRoom = (user?.devices ?? []).filter(({ clientId }) => room.devices.includes(clientId));
    return {
      userId,
      displayName: nameOf(names, userId),
      unitName: user ? names.unitName(user.unitId) : "",
      role,
      state,
      removable: userId !== self && isRemovable(sight, { by: names.self, devices: devicesOf(userId) }),
      grantable: grantable(userId, role),
      ...(isAwaited(names, room, inRoom) && { awaited: true as const }),
      ...(refused !== undefined && { refused }),
      devices: inRoom.map(({ clientId, deviceClass, since }) => ({ clientId, deviceClass, since })),
      ...endedOf((user?.ended ?? []).filter(({ clientId }) => room.devices.includes(clientId))),
    };
  };
  const inUse = usersOf(room.devices.filter((device) => !isOver(device)));
  const stateOf = (userId: UserId): RoomMember["state"] => {
    if (room.leaving.includes(userId)) return "left";
    if (room.removing.includes(userId)) return "leaving";
    return room.pending.includes(userId) && !inUse.includes(userId) ? "pending" : "member";
  };
  const mayBringBack = isIn(room) && mayChangeMembers(room, self, isOver);
  return {
    ...summaryOf(names, room, outbox),
    members: [
      // Somebody with a new device waits to come back, while the ended one still stands in the room.
      ...[...present, ...gone].map((userId) => member(userId, stateOf(userId))),
      ...[...new Set(expected)].map((userId) =>
        member(userId, room.removing.includes(userId) ? "leaving" : "pending"),
      ),
    ],
    myRole: actingRoleOf(sight, self) ?? "member",
    mayLeave: room.standing.state === "member" && !room.wantsOut && may(sight, self, "leave"),
    isLeaving: room.standing.state === "member" && room.wantsOut === true,
    isLastOwner,
    ...(isLastOwner && successor && { successor }),
    canChangeMembers: room.roles.kind !== "direct" && mayBringBack,
    mayBringBack,
  };
}

/** Whoever was heard here since has come in, whatever the server says. */
function isAwaited(names: Names, room: RoomRecord, devices: readonly { clientId: ClientId }[]): boolean {
  const claimed = names.awaited?.(room.roomId) ?? [];
  const isHeard = (device: ClientId): boolean => (room.senders[device]?.counter ?? 0) > 0;
  return (
    devices.length > 0 &&
    devices.every(
      ({ clientId }) => claimed.includes(clientId) && clientId !== names.self && !isHeard(clientId),
    )
  );
}
