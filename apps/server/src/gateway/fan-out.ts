/**
 * Brings entries to connections. What is new is encoded once and the same bytes go to everybody who stands right before
 * it; whoever does not is sent pages from the store, from its own cursor.
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import type { DeviceId, RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import type { Connection, Sent } from "./connection.ts";
import { pagesOf } from "./entry-pages.ts";
import { deliveredFor, type Presence, RoomPresences, stayBehind } from "./room-presence.ts";

export type FanOut = {
  /** Sends everything behind the cursors; later entries follow by themselves. */
  enter(connection: Connection, cursors: ReadonlyMap<RoomId, number>): Promise<void>;
  /** A room that this connection's device was just welcomed to. */
  enterRoom(connection: Connection, roomId: RoomId): Promise<void>;
  leave(connection: Connection): void;
  onEntries(roomId: RoomId, entries: readonly FullEntry[]): Promise<void>;
  onAck(connection: Connection, roomId: RoomId, sequence: number): void;
  /** Writes the acknowledgements of the last moments; a lost one only means that an entry is sent again. */
  flush(): Promise<void>;
};

/** "Delivered" may wait a moment, the longer the more people it has to go to. */
const deliveredDelayMs = (members: number): number => 50 + 2 * members;
const congestionPauseMs = 20;
/** Rooms that one new connection enters before others have their turn. */
const roomsPerTurn = 20;

export function createFanOut(options: { store: RoomLogStore; onFailure: (error: unknown) => void }): FanOut {
  const { store, onFailure } = options;
  const rooms = new RoomPresences(store);
  const unsaved = new Map<string, { roomId: RoomId; deviceId: DeviceId; sequence: number }>();

  async function enterRoomAt(connection: Connection, roomId: RoomId, cursor?: number): Promise<void> {
    if (!connection.open) return;
    const known = connection.rooms.get(roomId);
    const sent = known ?? { sequence: 0, live: false, delivered: 0 };
    connection.rooms.set(roomId, sent);
    const room = await rooms.enter(roomId, connection);
    const { deviceId } = connection.device;
    // A Welcome is announced before the commit that made this device a member.
    const stale = room.members.get(deviceId);
    if (!stale || stale.until !== undefined) await rooms.refresh(roomId, room);
    const begin = room.members.get(deviceId)?.from ?? 0;
    if (cursor !== undefined && cursor < begin && (await store.beginBehindLost(roomId, deviceId, cursor)))
      await rooms.refresh(roomId, room);
    const member = room.members.get(deviceId);
    if (!member) {
      connection.rooms.delete(roomId);
      rooms.leave(roomId, connection);
      return;
    }
    // Nobody is ahead of the log: whoever says so does not know its place, and begins where it came in.
    const isPlace = cursor !== undefined && cursor <= (await store.lastSequence(roomId));
    const lostUntil = isPlace && !known ? await store.lostUntil(roomId, cursor) : undefined;
    const place = lostUntil === undefined ? cursor : lostUntil - 1;
    const position = known ? sent.sequence : isPlace && place !== undefined ? place : 0;
    sent.sequence = Math.max(stayBehind(member, position).from - 1, position);
    // An acknowledgement may have been lost with the last connection; the hello says it again.
    if (isPlace && !known && lostUntil === undefined)
      acknowledge(connection, roomId, Math.min(cursor, sent.sequence));
    await catchUp(connection, { roomId, room, sent });
    planDelivered(roomId, room);
  }

  function acknowledge(connection: Connection, roomId: RoomId, sequence: number): void {
    const sent = connection.rooms.get(roomId);
    // Nobody acknowledges what was not sent.
    if (!sent || sequence > sent.sequence) return;
    const { deviceId } = connection.device;
    const key = `${deviceId}/${roomId}`;
    if ((unsaved.get(key)?.sequence ?? 0) < sequence) unsaved.set(key, { roomId, deviceId, sequence });
    const room = rooms.get(roomId);
    const member = room?.members.get(deviceId);
    if (!room || !member || member.cursor >= sequence) return;
    member.cursor = sequence;
    planDelivered(roomId, room);
  }

  type Following = { roomId: RoomId; room: Presence; sent: Sent };

  /** Sends pages until the end of the log is reached; then the room is live on this connection. */
  async function catchUp(connection: Connection, following: Following): Promise<void> {
    const { sent } = following;
    sent.live = false;
    while (sent.catchingUp) await sent.catchingUp;
    if (sent.live) return;
    sent.catchingUp = sendPages(connection, following);
    try {
      await sent.catchingUp;
    } finally {
      delete sent.catchingUp;
    }
  }

  async function sendPages(connection: Connection, { roomId, room, sent }: Following): Promise<void> {
    while (connection.open) {
      if (connection.congested) {
        await pause(congestionPauseMs);
        continue;
      }
      const member = room.members.get(connection.device.deviceId);
      if (!member) return;
      const { from, previous, until } = stayBehind(member, sent.sequence);
      sent.sequence = Math.max(from - 1, sent.sequence);
      const entries = await store.read(roomId, {
        after: sent.sequence,
        until,
        limit: limits.maxEntriesPerFrame,
        maxBytes: limits.maxEntriesFrameBytes,
      });
      const last = entries.at(-1);
      if (last) {
        // Whoever begins where it came in can count the running hash from there.
        const begins = sent.sequence === from - 1;
        connection.send({ type: "entries", roomId, ...(begins && { previous }), entries });
        sent.sequence = last.sequence;
        // One page to a turn: a long way back must not hold up everybody else.
        await nextTurn();
      } else if (sent.sequence >= until) {
        rooms.leave(roomId, connection);
        return;
        // An entry may have been announced between the reading of an empty page and now.
      } else if (sent.sequence >= room.announced) {
        sent.live = true;
        return;
      }
    }
  }

  function planDelivered(roomId: RoomId, room: Presence): void {
    if (room.deliveredPlanned) return;
    room.deliveredPlanned = true;
    setTimeout(() => {
      room.deliveredPlanned = false;
      const delivered = deliveredFor(room.members.values());
      for (const connection of room.connections) {
        const sent = connection.rooms.get(roomId);
        const sequence = delivered(connection.device.userId);
        if (!sent || sequence <= sent.delivered) continue;
        sent.delivered = sequence;
        connection.send({ type: "delivered", roomId, sequence });
      }
    }, deliveredDelayMs(room.members.size));
  }

  /** One page that is new in the log, to everybody who stands right before it. */
  function sendPage(roomId: RoomId, room: Presence, page: readonly FullEntry[]): void {
    const first = page[0]?.sequence ?? 0;
    const last = page.at(-1)?.sequence ?? 0;
    let bytes: Uint8Array | undefined;
    for (const connection of room.connections) {
      const sent = connection.rooms.get(roomId);
      const member = room.members.get(connection.device.deviceId);
      // Whoever is catching up finds the page in the store.
      if (!sent?.live || !member || sent.sequence >= last) continue;
      if (sent.sequence === first - 1 && last <= stayBehind(member, sent.sequence).until) {
        bytes ??= encodeCbor({ type: "entries", roomId, entries: page });
        connection.sendEncoded(bytes);
        sent.sequence = last;
      } else {
        catchUp(connection, { roomId, room, sent }).catch((error) => {
          onFailure(error);
          // It comes back and catches up.
          connection.close("unavailable");
        });
      }
    }
  }

  return {
    async enter(connection, cursors) {
      for (const [index, roomId] of (await store.roomsOf(connection.device.deviceId)).entries()) {
        await enterRoomAt(connection, roomId, cursors.get(roomId));
        if (index % roomsPerTurn === roomsPerTurn - 1) await nextTurn();
      }
    },
    enterRoom: (connection, roomId) => enterRoomAt(connection, roomId),
    leave(connection) {
      for (const roomId of connection.rooms.keys()) rooms.leave(roomId, connection);
    },
    async onEntries(roomId, entries) {
      const room = rooms.get(roomId);
      const last = entries.at(-1);
      if (!room || !last) return;
      room.announced = Math.max(room.announced, last.sequence);
      try {
        await room.loaded;
        if (entries.some(({ kind }) => kind !== "application")) await rooms.refresh(roomId, room);
      } catch (error) {
        // They come back and catch up: silence would look like an empty room.
        for (const connection of room.connections) connection.close("unavailable");
        throw error;
      }
      for (const page of pagesOf(entries)) sendPage(roomId, room, page);
    },
    onAck: acknowledge,
    async flush() {
      if (unsaved.size === 0) return;
      const cursors = [...unsaved.values()];
      unsaved.clear();
      await store.saveCursors(cursors);
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
