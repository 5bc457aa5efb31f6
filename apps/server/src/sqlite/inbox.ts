/** Device inboxes in SQLite. A Welcome is the same for every device that one commit adds, so it stands there once. */
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { InboxItem } from "@nimes/protocol/frames/server-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId, RoomId } from "@nimes/protocol/ids";
import type { SqliteDatabase } from "./open-database.ts";

export type SqliteInbox = {
  /** Within the transaction of the caller. Devices that the directory does not know get nothing. */
  put(to: readonly DeviceId[], item: Omit<InboxItem, "sequence">): void;
  read(deviceId: DeviceId, bounds: { after: number; maxBytes: number }): InboxItem[];
  /** @returns whether the inbox ever went so far. */
  drop(deviceId: DeviceId, upTo: number): boolean;
  /** Drops this one item, where it holds the Welcome with this SHA-256. */
  dropItem(deviceId: DeviceId, item: { sequence: number; welcome: Uint8Array }): void;
  clear(deviceId: DeviceId): void;
  /** Whether a Welcome to this room is in the inbox. */
  isAwaited(roomId: RoomId, deviceId: DeviceId): boolean;
};

export function sqliteInbox(database: SqliteDatabase): SqliteInbox {
  const sql = prepare(database);
  function dropTo(deviceId: DeviceId, upTo: number): void {
    const dropped = sql.drop.all(deviceId, upTo) as { welcomeId: number }[];
    for (const { welcomeId } of dropped) sql.dropWelcome.run(welcomeId, welcomeId);
  }
  const lastOf = (deviceId: DeviceId): number => Number(sql.last.get(deviceId) ?? 0);
  const drop = database.transaction((deviceId: DeviceId, upTo: number) => {
    // Nobody has applied what was never there.
    if (upTo > lastOf(deviceId)) return false;
    dropTo(deviceId, upTo);
    return true;
  });
  const clear = database.transaction((deviceId: DeviceId) => dropTo(deviceId, lastOf(deviceId)));
  const dropItem = database.transaction(
    (deviceId: DeviceId, { sequence, welcome }: { sequence: number; welcome: Uint8Array }) => {
      const row = sql.one.get(deviceId, sequence) as { welcomeId: number; item: Uint8Array } | undefined;
      const item = row && decodeCbor(InboxItem, row.item);
      if (!row || !item?.ok || !equalBytes(sha256(item.value.welcome), welcome)) return;
      sql.dropOne.run(deviceId, sequence);
      sql.dropWelcome.run(row.welcomeId, row.welcomeId);
    },
  );
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
    dropItem: (deviceId, item) => dropItem.immediate(deviceId, item),
    clear: (deviceId) => clear.immediate(deviceId),
    isAwaited(roomId, deviceId) {
      for (const item of sql.items.iterate(deviceId) as Iterable<Uint8Array>) {
        const decoded = decodeCbor(InboxItem, item);
        if (decoded.ok && decoded.value.roomId === roomId) return true;
      }
      return false;
    },
  };
}

const prepare = (database: SqliteDatabase) => ({
  next: database.prepare(
    "UPDATE devices SET inbox_sequence = inbox_sequence + 1 WHERE device_id = ? RETURNING inbox_sequence AS sequence",
  ),
  last: database.prepare("SELECT inbox_sequence FROM devices WHERE device_id = ?").pluck(),
  addWelcome: database.prepare("INSERT INTO welcomes (item) VALUES (?)"),
  add: database.prepare("INSERT INTO inbox (device_id, sequence, welcome_id) VALUES (?, ?, ?)"),
  read: database.prepare(
    `SELECT inbox.sequence, welcomes.item FROM inbox JOIN welcomes USING (welcome_id)
     WHERE inbox.device_id = ? AND inbox.sequence > ? ORDER BY inbox.sequence LIMIT 100`,
  ),
  items: database
    .prepare("SELECT welcomes.item FROM inbox JOIN welcomes USING (welcome_id) WHERE inbox.device_id = ?")
    .pluck(),
  one: database.prepare(
    `SELECT welcome_id AS welcomeId, welcomes.item FROM inbox JOIN welcomes USING (welcome_id)
     WHERE inbox.device_id = ? AND inbox.sequence = ?`,
  ),
  dropOne: database.prepare("DELETE FROM inbox WHERE device_id = ? AND sequence = ?"),
  drop: database.prepare(
    "DELETE FROM inbox WHERE device_id = ? AND sequence <= ? RETURNING welcome_id AS welcomeId",
  ),
  dropWelcome: database.prepare(
    "DELETE FROM welcomes WHERE welcome_id = ? AND NOT EXISTS (SELECT 1 FROM inbox WHERE welcome_id = ?)",
  ),
});
