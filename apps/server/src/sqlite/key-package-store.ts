/** Key packages in SQLite. */
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { SqliteDatabase } from "./open-database.ts";

export function sqliteKeyPackageStore(database: SqliteDatabase): KeyPackageStore {
  const sql = {
    add: database.prepare("INSERT INTO key_packages (device_id, bytes) VALUES (?, ?)"),
    take: database.prepare(
      `DELETE FROM key_packages WHERE id = (SELECT min(id) FROM key_packages WHERE device_id = ?)
       RETURNING bytes`,
    ),
    count: database.prepare("SELECT count(*) AS count FROM key_packages WHERE device_id = ?"),
    wait: database.prepare(
      "INSERT INTO key_package_waits (waiting_device, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    ),
    waitingFor: database.prepare("SELECT waiting_device AS id FROM key_package_waits WHERE user_id = ?"),
    waitsOf: database.prepare("SELECT user_id AS id FROM key_package_waits WHERE waiting_device = ?"),
    endWait: database.prepare("DELETE FROM key_package_waits WHERE waiting_device = ? AND user_id = ?"),
  };
  const count = (deviceId: DeviceId): number => (sql.count.get(deviceId) as { count: number }).count;
  const addAll = database.transaction((deviceId: DeviceId, keyPackages: readonly Uint8Array[]) => {
    for (const bytes of keyPackages) sql.add.run(deviceId, bytes);
    return count(deviceId);
  });

  return {
    add: async (deviceId, keyPackages) => addAll(deviceId, keyPackages),
    take: async (deviceId) => (sql.take.get(deviceId) as { bytes: Uint8Array } | undefined)?.bytes,
    count: async (deviceId) => count(deviceId),
    wait: async (waiting, userId) => void sql.wait.run(waiting, userId),
    waitingFor: async (userId) => (sql.waitingFor.all(userId) as { id: DeviceId }[]).map(({ id }) => id),
    waitsOf: async (waiting) => (sql.waitsOf.all(waiting) as { id: UserId }[]).map(({ id }) => id),
    endWait: async (waiting, userId) => void sql.endWait.run(waiting, userId),
  };
}
