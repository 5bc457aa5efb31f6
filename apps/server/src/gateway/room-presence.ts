/**
 * Who of a room is connected, and how far everybody has acknowledged. Read from the store when the first connection of
 * a room appears, dropped with the last. Coming and going is synchronous, so that nobody joins a room that was just
 * dropped.
 */
import type { DeviceId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Member, RoomLogStore, Stay } from "../ports/room-log-store.ts";
import type { Connection } from "./connection.ts";

export type Presence = {
  readonly connections: Set<Connection>;
  /** Empty until `loaded` resolves. */
  readonly members: Map<DeviceId, Member>;
  loaded: Promise<void>;
  /** Newest entry that was announced. */
  announced: number;
  /** Set while a look at the "delivered" state is already planned. */
  deliveredPlanned: boolean;
};

export class RoomPresences {
  readonly #rooms = new Map<RoomId, Presence>();
  readonly #store: Pick<RoomLogStore, "members">;

  constructor(store: Pick<RoomLogStore, "members">) {
    this.#store = store;
  }

  /** Rooms that somebody follows. */
  get size(): number {
    return this.#rooms.size;
  }

  get(roomId: RoomId): Presence | undefined {
    return this.#rooms.get(roomId);
  }

  /** @throws what the store throws; the room is dropped then. */
  async enter(roomId: RoomId, connection: Connection): Promise<Presence> {
    const known = this.#rooms.get(roomId) ?? this.#begin(roomId);
    known.connections.add(connection);
    try {
      await known.loaded;
    } catch (error) {
      if (this.#rooms.get(roomId) === known) this.#rooms.delete(roomId);
      throw error;
    }
    return known;
  }

  leave(roomId: RoomId, connection: Connection): void {
    const room = this.#rooms.get(roomId);
    room?.connections.delete(connection);
    if (room?.connections.size === 0) this.#rooms.delete(roomId);
  }

  /** Who is in the room now. Cursors that are not saved yet are kept. */
  async refresh(roomId: RoomId, room: Presence): Promise<void> {
    const now = await this.#store.members(roomId);
    const before = new Map(room.members);
    room.members.clear();
    for (const member of now) {
      const known = before.get(member.deviceId);
      const cursor =
        known && known.from === member.from ? Math.max(known.cursor, member.cursor) : member.cursor;
      room.members.set(member.deviceId, { ...member, cursor });
    }
  }

  #begin(roomId: RoomId): Presence {
    const room: Presence = {
      connections: new Set(),
      members: new Map(),
      loaded: Promise.resolve(),
      announced: 0,
      deliveredPlanned: false,
    };
    room.loaded = this.refresh(roomId, room);
    this.#rooms.set(roomId, room);
    return room;
  }
}

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

/**
 * What a device that is at a place may read next: the rest of the first time in the room that ends behind that. How an
 * earlier one ended is its to read (P7); what happened between a removal and coming back is not (M10).
 */
export function stayBehind({ from, previous, until, earlier = [] }: Member, place: number): Stay {
  const unread = earlier.find((stay) => stay.until > place);
  return unread ?? { from, previous, until: until ?? Number.MAX_SAFE_INTEGER };
}
