/** PIN records and tries in SQLite. */
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";
import { judgeTry, maxPinTries } from "../core/pin-tries.ts";
import type { Attempt, PinStore, PinTry, StartOutcome } from "../ports/pin-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";

type StoredAttempt = {
  number: number;
  request_hash: Uint8Array;
  sealed: Uint8Array;
  started_at: number;
  finished_at: number | null;
};

export function sqlitePinStore(database: SqliteDatabase): PinStore {
  const sql = prepare(database);
  const failures = (deviceId: DeviceId): { count: number; lastAt: number } =>
    sql.failures.get(deviceId) as { count: number; lastAt: number };
  const attemptOf = (deviceId: DeviceId, attemptId: SubmissionId): StoredAttempt | undefined =>
    sql.attempt.get(deviceId, attemptId) as StoredAttempt | undefined;
  const recordOf = (deviceId: DeviceId): Uint8Array | undefined => bytesOf(sql.record.get(deviceId));

  const start = database.transaction(
    (
      { deviceId, attemptId, requestHash, at }: PinTry,
      answer: Parameters<PinStore["start"]>[1],
    ): StartOutcome => {
      const record = recordOf(deviceId);
      if (!record) return { outcome: "destroyed" };
      const before = failures(deviceId);
      const earlier = attemptOf(deviceId, attemptId);
      if (earlier) {
        const same = Buffer.compare(earlier.request_hash, requestHash) === 0;
        if (!same) return { outcome: "malformed" };
        return { outcome: "answered", sealed: plainBytes(earlier.sealed), failures: before.count };
      }
      const verdict = judgeTry(before, at);
      if (verdict !== "take") return { outcome: verdict };
      const sealed = answer(record);
      if (!sealed) return { outcome: "malformed" };
      sql.addAttempt.run(deviceId, attemptId, deviceId, requestHash, sealed, at);
      return { outcome: "answered", sealed, failures: before.count + 1 };
    },
  );
  const finish = database.transaction((deviceId: DeviceId, attemptId: SubmissionId, at: number) => {
    const attempt = attemptOf(deviceId, attemptId);
    if (!attempt || attempt.finished_at !== null) return;
    sql.finish.run(at, deviceId, attemptId);
    sql.takeBack.run(deviceId, attempt.number);
  });
  const change = database.transaction((deviceId: DeviceId, record: Uint8Array, keep: SubmissionId) => {
    sql.putRecord.run(record, deviceId);
    sql.forgetOthers.run(deviceId, keep);
  });
  const destroy = database.transaction((deviceId: DeviceId) => {
    for (const statement of sql.destroy) statement.run(deviceId);
    sql.markDestroyed.run(deviceId);
  });

  return {
    record: async (deviceId) => recordOf(deviceId),
    start: async (attempt, answer) => start.immediate(attempt, answer),
    async attempt(deviceId, attemptId): Promise<Attempt | undefined> {
      const row = attemptOf(deviceId, attemptId);
      if (!row) return undefined;
      return {
        number: row.number,
        sealed: plainBytes(row.sealed),
        startedAt: row.started_at,
        ...(row.finished_at !== null && { finishedAt: row.finished_at }),
        failures: failures(deviceId).count,
      };
    },
    finish: async (deviceId, attemptId, at) => finish(deviceId, attemptId, at),
    failures: async (deviceId) => failures(deviceId),
    change: async (deviceId, record, keep) => change(deviceId, record, keep),
    async destroy(deviceId) {
      destroy(deviceId);
      // The log of changes holds what the tables have forgotten until it is written back and cut off.
      database.pragma("wal_checkpoint(TRUNCATE)");
    },
    overdue: async (before) =>
      (sql.overdue.all(maxPinTries, before) as { device_id: DeviceId }[]).map(({ device_id }) => device_id),
    async forgetFinished(before) {
      sql.forgetFinished.run(before);
    },
    destroyedCount: async () => (sql.destroyedCount.get() as { count: number }).count,
  };
}

function bytesOf(row: unknown): Uint8Array | undefined {
  const stored = row as { sealed: Uint8Array } | undefined;
  return stored && plainBytes(stored.sealed);
}

const prepare = (database: SqliteDatabase) => ({
  record: database.prepare("SELECT sealed FROM pin_records WHERE device_id = ?"),
  putRecord: database.prepare("UPDATE pin_records SET sealed = ? WHERE device_id = ?"),
  failures: database.prepare(
    `SELECT count(*) AS count, coalesce(max(started_at), 0) AS lastAt FROM pin_attempts
     WHERE device_id = ? AND counted = 1`,
  ),
  attempt: database.prepare("SELECT * FROM pin_attempts WHERE device_id = ? AND attempt_id = ?"),
  addAttempt: database.prepare(
    `INSERT INTO pin_attempts (device_id, attempt_id, number, request_hash, sealed, started_at)
     VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM pin_attempts WHERE device_id = ?), ?, ?, ?)`,
  ),
  finish: database.prepare("UPDATE pin_attempts SET finished_at = ? WHERE device_id = ? AND attempt_id = ?"),
  takeBack: database.prepare("UPDATE pin_attempts SET counted = 0 WHERE device_id = ? AND number <= ?"),
  forgetFinished: database.prepare("DELETE FROM pin_attempts WHERE counted = 0 AND started_at < ?"),
  forgetOthers: database.prepare("DELETE FROM pin_attempts WHERE device_id = ? AND attempt_id <> ?"),
  destroy: ["pin_records", "pin_attempts", "pin_registrations", "passkeys", "passkey_challenges"].map(
    (table) => database.prepare(`DELETE FROM ${table} WHERE device_id = ?`),
  ),
  markDestroyed: database.prepare("UPDATE devices SET destroyed = 1 WHERE device_id = ?"),
  overdue: database.prepare(
    `SELECT device_id FROM pin_records JOIN devices USING (device_id) WHERE ended = 1
     UNION
     SELECT device_id FROM pin_records JOIN counting_orders USING (device_id) WHERE kind = 'wipe'
     UNION
     SELECT device_id FROM pin_attempts WHERE counted = 1
     GROUP BY device_id HAVING count(*) >= ? AND max(started_at) < ?`,
  ),
  destroyedCount: database.prepare("SELECT count(*) AS count FROM devices WHERE destroyed = 1"),
});
