/** What is known of attachments, in SQLite. */
import type { AttachmentId } from "@nimes/protocol/ids";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { SqliteDatabase } from "./open-database.ts";

export function sqliteAttachmentStore(database: SqliteDatabase): AttachmentStore {
  const sql = {
    get: database.prepare(
      `SELECT attachment_id AS attachmentId, room_id AS roomId, device_id AS deviceId, size, complete,
         created_at AS createdAt FROM attachments WHERE attachment_id = ?`,
    ),
    add: database.prepare(
      "INSERT INTO attachments (attachment_id, room_id, device_id, size, complete, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    complete: database.prepare("UPDATE attachments SET complete = 1 WHERE attachment_id = ?"),
    remove: database.prepare("DELETE FROM attachments WHERE attachment_id = ?"),
    usedBy: database.prepare("SELECT coalesce(sum(size), 0) AS used FROM attachments WHERE device_id = ?"),
    outdated: database.prepare(
      "SELECT attachment_id AS id FROM attachments WHERE (complete = 0 AND created_at < ?) OR created_at < ?",
    ),
  };
  return {
    async get(attachmentId) {
      const row = sql.get.get(attachmentId) as
        | (Omit<AttachmentRow, "complete"> & { complete: number })
        | undefined;
      return row && { ...row, complete: row.complete === 1 };
    },
    async add(row) {
      const { attachmentId, roomId, deviceId, size, complete, createdAt } = row;
      sql.add.run(attachmentId, roomId, deviceId, size, complete ? 1 : 0, createdAt);
    },
    complete: async (attachmentId) => void sql.complete.run(attachmentId),
    remove: async (attachmentId) => void sql.remove.run(attachmentId),
    usedBy: async (deviceId) => (sql.usedBy.get(deviceId) as { used: number }).used,
    outdated: async (unfinishedBefore, allBefore) =>
      (sql.outdated.all(unfinishedBefore, allBefore) as { id: AttachmentId }[]).map(({ id }) => id),
  };
}
