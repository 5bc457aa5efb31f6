/** What is known of attachments, in SQLite. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { AttachmentRow, AttachmentStore } from "../ports/attachment-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import type { Queries } from "./queries.ts";

export function sqliteAttachmentStore(database: SqliteDatabase, queries: Queries): AttachmentStore {
  const { build, all, first, run } = queries;
  const attachments = build.selectFrom("attachments");
  const usedBy = (deviceId: DeviceId): number =>
    Number(
      first(attachments.select((e) => e.fn.sum("size").as("used")).where("device_id", "=", deviceId))?.used ??
        0,
    );

  const addWithin = database.transaction((row: AttachmentRow, quotaBytes: number): boolean => {
    const { attachmentId, roomId, deviceId, size, complete, createdAt } = row;
    if (usedBy(deviceId) + size > quotaBytes) return false;
    const values = {
      attachment_id: attachmentId,
      room_id: roomId,
      device_id: deviceId,
      size,
      complete: complete ? (1 as const) : (0 as const),
      created_at: createdAt,
    };
    return (
      run(
        build
          .insertInto("attachments")
          .values(values)
          .onConflict((c) => c.doNothing()),
      ) === 1
    );
  });

  return {
    async get(attachmentId) {
      const row = first(attachments.selectAll().where("attachment_id", "=", attachmentId));
      return (
        row && {
          attachmentId: row.attachment_id,
          roomId: row.room_id,
          deviceId: row.device_id,
          size: row.size,
          complete: row.complete === 1,
          createdAt: row.created_at,
        }
      );
    },
    addWithin: async (row, quotaBytes) => addWithin.immediate(row, quotaBytes),
    async complete(attachmentId) {
      run(build.updateTable("attachments").set({ complete: 1 }).where("attachment_id", "=", attachmentId));
    },
    async remove(attachmentId) {
      run(build.deleteFrom("attachments").where("attachment_id", "=", attachmentId));
    },
    usedBy: async (deviceId) => usedBy(deviceId),
    outdated: async (unfinishedBefore, allBefore) =>
      all(
        attachments
          .select("attachment_id")
          .where((e) =>
            e.or([
              e("created_at", "<", allBefore),
              e.and([e("complete", "=", 0), e("created_at", "<", unfinishedBefore)]),
            ]),
          ),
      ).map((row) => row.attachment_id),
  };
}
