/**
 * Who of a room is connected, and how far everybody has acknowledged. Loaded from the store when the first connection
 * of a room appears, dropped with the last.
 */
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Member } from "../ports/room-log-store.ts";
import type { Connection } from "./connection.ts";

export type Presence = {
  connections: Set<Connection>;
  members: Map<DeviceId, Member>;
  /** Set while a look at the "delivered" state is already planned. */
  deliveredPlanned: boolean;
};

export const presenceOf = (members: readonly Member[]): Presence => ({
  connections: new Set(),
  members: new Map(members.map((member) => [member.deviceId, member])),
  deliveredPlanned: false,
});

/**
 * For each user: the entry up to which every other user of the room has at least one device that acknowledged.
 * @returns a function, so that a room of 500 is looked at once and not 500 times.
 */
export function deliveredFor(members: Iterable<Member>): (userId: UserId) => number {
  const furthest = new Map<UserId, number>();
  for (const { clientId, cursor, until } of members) {
    if (until !== undefined) continue;
    const userId = userOf(clientId);
    furthest.set(userId, Math.max(furthest.get(userId) ?? 0, cursor));
  }
  const [lowest, second] = [...furthest].sort(([, a], [, b]) => a - b);
  return (userId) => {
    const decisive = lowest && lowest[0] === userId ? second : lowest;
    return decisive?.[1] ?? 0;
  };
}

/** The entries a device may read: behind `from`, up to `until`. */
export const readableUntil = (member: Member): number => member.until ?? Number.MAX_SAFE_INTEGER;
