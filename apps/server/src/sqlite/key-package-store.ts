/** Key packages in SQLite. */
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId } from "@nimes/protocol/ids";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes, type Queries } from "./queries.ts";

export function sqliteKeyPackageStore(database: SqliteDatabase, queries: Queries): KeyPackageStore {
  const { build, all, first, run } = queries;
  const left = (deviceId: DeviceId) =>
    build.selectFrom("key_packages").where("device_id", "=", deviceId).where("bytes", "is not", null);
  const count = (deviceId: DeviceId): number =>
    first(left(deviceId).select((e) => e.fn.countAll<number>().as("count")))?.count ?? 0;
  const waits = build.selectFrom("key_package_waits");

  class TooMany extends Error {}
  const addAll = database.transaction(
    (deviceId: DeviceId, keyPackages: readonly Uint8Array[], max: number) => {
      for (const bytes of keyPackages) {
        const row = { device_id: deviceId, digest: sha256(bytes), bytes };
        run(
          build
            .insertInto("key_packages")
            .values(row)
            .onConflict((c) => c.doNothing()),
        );
      }
      const now = count(deviceId);
      if (now > max) throw new TooMany();
      return now;
    },
  );
  const take = database.transaction((deviceId: DeviceId) => {
    const oldest = first(left(deviceId).select(["id", "bytes"]).orderBy("id").limit(1));
    if (oldest) run(build.updateTable("key_packages").set({ bytes: null }).where("id", "=", oldest.id));
    return oldest?.bytes ? plainBytes(oldest.bytes) : undefined;
  });
  const drop = database.transaction((deviceId: DeviceId) => {
    run(build.updateTable("key_packages").set({ bytes: null }).where("device_id", "=", deviceId));
    run(build.deleteFrom("key_package_waits").where("waiting_device", "=", deviceId));
  });

  return {
    async add(deviceId, { keyPackages, max }) {
      try {
        return addAll.immediate(deviceId, keyPackages, max);
      } catch (error) {
        if (error instanceof TooMany) return undefined;
        throw error;
      }
    },
    take: async (deviceId) => take.immediate(deviceId),
    count: async (deviceId) => count(deviceId),
    drop: async (deviceId) => drop.immediate(deviceId),
    async wait(waiting, userId) {
      const row = { waiting_device: waiting, user_id: userId };
      run(
        build
          .insertInto("key_package_waits")
          .values(row)
          .onConflict((c) => c.doNothing()),
      );
    },
    waitingFor: async (userId) =>
      all(waits.select("waiting_device").where("user_id", "=", userId)).map((row) => row.waiting_device),
    waitsOf: async (waiting) =>
      all(waits.select("user_id").where("waiting_device", "=", waiting)).map((row) => row.user_id),
    async endWait(waiting, userId) {
      const ended = build.deleteFrom("key_package_waits").where("waiting_device", "=", waiting);
      run(ended.where("user_id", "=", userId));
    },
  };
}
