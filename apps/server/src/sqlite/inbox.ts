/** Device inboxes in SQLite. A Welcome is the same for every device that one commit adds, so it stands there once. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { DeviceId } from "@nimes/protocol/ids";
import type { SqliteDatabase } from "./open-database.ts";

export type SqliteInbox = {
  /** Within the transaction of the caller. Devices that the directory does not know get nothing. */
  put(to: readonly DeviceId[], item: Omit<InboxItem, "sequence">): void;
  read(deviceId: DeviceId, bounds: { after: number; maxBytes: number }): InboxItem[];
  drop(deviceId: DeviceId, upTo: number): void;
};

export function sqliteInbox(database: SqliteDatabase): SqliteInbox {
  const sql = prepare(database);
  const drop = database.transaction((deviceId: DeviceId, upTo: number) => {
    const dropped = sql.drop.all(deviceId, upTo) as { welcomeId: number }[];
    for (const { welcomeId } of dropped) sql.dropWelcome.run(welcomeId, welcomeId);
  });
  return {
    put(to, item) {
      if (to.length === 0) return;
      // The sequence is each device's own; it is put in when the item is read.
      const stored = encodeCbor({ ...item, sequence: 1 } satisfies InboxItem);
      const welcomeId = Number(sql.addWelcome.run(stored).lastInsertRowid);
      for (const deviceId of to) {
        const counted = sql.next.get(deviceId) as { sequence: number } | undefined;
        if (counted) sql.add.run(deviceId, counted.sequence, welcomeId);
      }
    },
    read(deviceId, { after, maxBytes }) {
      const items: InboxItem[] = [];
      let bytes = 0;
      for (const row of sql.read.iterate(deviceId, after) as Iterable<{
        sequence: number;
        item: Uint8Array;
      }>) {
        bytes += row.item.byteLength;
        if (items.length > 0 && bytes > maxBytes) break;
        const decoded = decodeCbor(InboxItem, row.item);
        if (!decoded.ok) throw new Error("A stored inbox item does not decode");
        items.push({ ...decoded.value, sequence: row.sequence });
      }
      return items;
    },
    drop: (deviceId, upTo) => drop.immediate(deviceId, upTo),
  };
}

const prepare = (database: SqliteDatabase) => ({
  next: database.prepare(
    "UPDATE devices SET inbox_sequence = inbox_sequence + 1 WHERE device_id = ? RETURNING inbox_sequence AS sequence",
  ),
  addWelcome: database.prepare("INSERT INTO welcomes (item) VALUES (?)"),
  add: database.prepare("INSERT INTO inbox (device_id, sequence, welcome_id) VALUES (?, ?, ?)"),
  read: database.prepare(
    `SELECT inbox.sequence, welcomes.item FROM inbox JOIN welcomes USING (welcome_id)
     WHERE inbox.device_id = ? AND inbox.sequence > ? ORDER BY inbox.sequence LIMIT 100`,
  ),
  drop: database.prepare(
    "DELETE FROM inbox WHERE device_id = ? AND sequence <= ? RETURNING welcome_id AS welcomeId",
  ),
  dropWelcome: database.prepare(
    "DELETE FROM welcomes WHERE welcome_id = ? AND NOT EXISTS (SELECT 1 FROM inbox WHERE welcome_id = ?)",
  ),
});
