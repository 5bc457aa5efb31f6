/** Sends what waits in a device's inbox. */
import { setTimeout as pause } from "node:timers/promises";
import type { RoomId } from "@nimes/protocol/ids";
import type { RoomLogStore } from "../ports/room-log-store.ts";
import type { Connection } from "./connection.ts";

const congestionPauseMs = 20;

/** @returns the rooms of the items that were sent. */
export type InboxSender = (connection: Connection) => Promise<RoomId[]>;

export const createInboxSender =
  (store: Pick<RoomLogStore, "inbox">): InboxSender =>
  async (connection) => {
    const rooms: RoomId[] = [];
    while (connection.open) {
      if (connection.congested) {
        await pause(congestionPauseMs);
        continue;
      }
      const items = await store.inbox(connection.device.deviceId, connection.inboxSequence);
      if (items.length === 0) break;
      for (const item of items) {
        // Somebody else may have sent it meanwhile.
        if (item.sequence <= connection.inboxSequence) continue;
        connection.inboxSequence = item.sequence;
        // One to a frame: a Welcome to a large room fills it alone.
        connection.send({ type: "inbox", items: [item] });
        rooms.push(item.roomId);
      }
    }
    return rooms;
  };
