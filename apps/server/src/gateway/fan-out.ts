/**
 * Brings entries to connections. What is new is encoded once and the same bytes go to everybody who stands right before
 * it; whoever does not is sent pages from the store, from its own cursor.
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import type { EntriesFrame } from "@nimes/protocol/frames/server-frames";
import type { DeviceId, RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Member, RoomLogStore } from "../ports/room-log-store.ts";
import type { Connection } from "./connection.ts";
import type { Presence } from "./room-presence.ts";
import { deliveredFor, presenceOf, readableUntil } from "./room-presence.ts";

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

const deliveredDelayMs = 50;
const congestionPauseMs = 20;

export function createFanOut(options: { store: RoomLogStore; onFailure: (error: unknown) => void }): FanOut {
  const { store, onFailure } = options;
  const rooms = new Map<RoomId, Promise<Presence>>();
  /** Newest entry of each of these rooms that was announced. */
  const announced = new Map<RoomId, number>();
  const unsaved = new Map<string, { roomId: RoomId; deviceId: DeviceId; sequence: number }>();

  const presence = (roomId: RoomId): Promise<Presence> => {
    const known = rooms.get(roomId);
    if (known) return known;
    const loading = store.members(roomId).then(presenceOf);
    rooms.set(roomId, loading);
    return loading;
  };

  async function enterRoomAt(
    connection: Connection,
    roomId: RoomId,
    cursor: number | undefined,
  ): Promise<void> {
    const room = await presence(roomId);
    const { deviceId } = connection.device;
    // A Welcome is announced before the commit that made this device a member.
    if (room.members.get(deviceId)?.until !== undefined || !room.members.has(deviceId))
      await refreshMembers(roomId, room);
    const member = room.members.get(deviceId);
    if (!member || !connection.open) return;
    const known = connection.rooms.get(roomId);
    // What happened between a removal and coming back is not this device's to read.
    if (known) known.sequence = Math.max(member.from, known.sequence);
    else {
      const sequence = Math.max(member.from, cursor ?? member.cursor);
      connection.rooms.set(roomId, { sequence, live: false, delivered: 0 });
    }
    room.connections.add(connection);
    await catchUp(connection, roomId, member);
    planDelivered(roomId, room);
  }

  /** Sends pages until the end of the log is reached; then the room is live on this connection. */
  async function catchUp(connection: Connection, roomId: RoomId, member: Member): Promise<void> {
    const sent = connection.rooms.get(roomId);
    if (!sent) return;
    while (connection.open) {
      if (connection.congested) {
        await pause(congestionPauseMs);
        continue;
      }
      const entries = await store.read(roomId, {
        after: sent.sequence,
        until: readableUntil(member),
        limit: limits.maxEntriesPerFrame,
        maxBytes: limits.maxEntriesFrameBytes,
      });
      const last = entries.at(-1);
      if (last) {
        connection.send({ type: "entries", roomId, entries });
        sent.sequence = last.sequence;
        // An entry may have been announced between the reading of an empty page and now.
      } else if (sent.sequence >= Math.min(announced.get(roomId) ?? 0, readableUntil(member))) break;
    }
    sent.live = true;
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
    }, deliveredDelayMs);
  }

  return {
    async enter(connection, cursors) {
      for (const roomId of await store.roomsOf(connection.device.deviceId))
        await enterRoomAt(connection, roomId, cursors.get(roomId));
    },
    enterRoom: (connection, roomId) => enterRoomAt(connection, roomId, undefined),
    leave(connection) {
      for (const roomId of connection.rooms.keys()) {
        const known = rooms.get(roomId);
        known
          ?.then((room) => {
            room.connections.delete(connection);
            if (room.connections.size > 0) return;
            rooms.delete(roomId);
            announced.delete(roomId);
          })
          .catch(onFailure);
      }
    },
    async onEntries(roomId, entries) {
      const known = rooms.get(roomId);
      const [first] = entries;
      const last = entries.at(-1);
      if (!known || !first || !last) return;
      announced.set(roomId, last.sequence);
      const room = await known;
      if (entries.some(({ kind }) => kind !== "application")) await refreshMembers(roomId, room);
      const frame: EntriesFrame = { type: "entries", roomId, entries: [...entries] };
      const bytes = encodeCbor(frame);
      for (const connection of room.connections) {
        const sent = connection.rooms.get(roomId);
        const member = room.members.get(connection.device.deviceId);
        if (!sent?.live || !member || sent.sequence >= last.sequence) continue;
        if (sent.sequence >= readableUntil(member)) {
          // Removed, and has what it may have.
          room.connections.delete(connection);
          connection.rooms.delete(roomId);
          continue;
        }
        if (sent.sequence === first.sequence - 1 && last.sequence <= readableUntil(member)) {
          connection.sendEncoded(bytes);
          sent.sequence = last.sequence;
        } else {
          sent.live = false;
          catchUp(connection, roomId, member).catch(onFailure);
        }
      }
    },
    onAck(connection, roomId, sequence) {
      const sent = connection.rooms.get(roomId);
      // Nobody acknowledges what was not sent.
      if (!sent || sequence > sent.sequence) return;
      const { deviceId } = connection.device;
      unsaved.set(`${deviceId}/${roomId}`, { roomId, deviceId, sequence });
      rooms
        .get(roomId)
        ?.then((room) => {
          const member = room.members.get(deviceId);
          if (!member || member.cursor >= sequence) return;
          member.cursor = sequence;
          planDelivered(roomId, room);
        })
        .catch(onFailure);
    },
    async flush() {
      if (unsaved.size === 0) return;
      const cursors = [...unsaved.values()];
      unsaved.clear();
      await store.saveCursors(cursors);
    },
  };

  /** After a commit: who is in the room now. Cursors that are not saved yet are kept. */
  async function refreshMembers(roomId: RoomId, room: Presence): Promise<void> {
    for (const member of await store.members(roomId)) {
      const known = room.members.get(member.deviceId);
      const cursor =
        known && known.from === member.from ? Math.max(known.cursor, member.cursor) : member.cursor;
      room.members.set(member.deviceId, { ...member, cursor });
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
