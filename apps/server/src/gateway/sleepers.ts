/**
 * Connections of devices that have proved their key and are not opened. They hear that something waits, and nothing of
 * what, where or how much; a burst is one wake.
 */

import type { FullEntry } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { oldestProtocolVersion, protocolVersion } from "@nimes/protocol/limits";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import type { Connection } from "./connection.ts";

export type Sleepers = {
  /** Says that the device is signed in, and whether something waits. */
  enter(connection: Connection): Promise<void>;
  leave(connection: Connection): void;
  onEntries(roomId: RoomId, entries: readonly FullEntry[]): void;
  onInbox(connection: Connection): Promise<void>;
};

const wakePauseMs = 5_000;

export function createSleepers(options: { store: RoomLogStore; now: () => number }): Sleepers {
  const { store, now } = options;
  const rooms = new Map<RoomId, Set<Connection>>();
  const lastWake = new Map<Connection, number>();

  function wake(connection: Connection): void {
    const last = lastWake.get(connection);
    if (last !== undefined && now() - last < wakePauseMs) return;
    lastWake.set(connection, now());
    connection.send({ type: "wake" });
  }

  async function watchRooms(connection: Connection): Promise<void> {
    for (const roomId of await store.roomsOf(connection.device.deviceId)) {
      const watching = rooms.get(roomId) ?? new Set();
      rooms.set(roomId, watching.add(connection));
    }
  }

  return {
    async enter(connection) {
      // What the server would tell an opened device is nobody's business here.
      connection.send({
        type: "signed-in",
        version: protocolVersion,
        oldestVersion: oldestProtocolVersion,
        serverTime: now(),
        keyPackagesLeft: 0,
        directorySequence: 0,
      });
      await watchRooms(connection);
      if (await store.hasWaiting(connection.device.deviceId)) wake(connection);
    },
    leave(connection) {
      lastWake.delete(connection);
      for (const [roomId, watching] of rooms)
        if (watching.delete(connection) && watching.size === 0) rooms.delete(roomId);
    },
    onEntries(roomId, entries) {
      const watching = rooms.get(roomId);
      if (watching && entries.some(({ kind }) => kind === "application")) watching.forEach(wake);
    },
    async onInbox(connection) {
      await watchRooms(connection);
      wake(connection);
    },
  };
}
