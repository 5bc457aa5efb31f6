/** Registrations of PINs in SQLite. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { DeviceId, RegistrationId } from "@nimes/protocol/ids";
import type {
  NewRegistration,
  RegistrationOwner,
  RegistrationStore,
  RegistrationUse,
} from "../ports/registration-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";

type StoredRegistration = {
  owner: string;
  device_id: DeviceId;
  sealed: Uint8Array;
  record_hash: Uint8Array | null;
};

export function sqliteRegistrationStore(database: SqliteDatabase): RegistrationStore {
  const sql = prepare(database);
  const count = (statement: { get(...values: unknown[]): unknown }, ...values: unknown[]): number =>
    (statement.get(...values) as { count: number }).count;

  const begin = database.transaction(
    (
      { registrationId, owner, deviceId, sealed, at }: NewRegistration,
      bound: Parameters<RegistrationStore["begin"]>[1],
    ) => {
      if (owner.kind === "sign-in" && count(sql.used, nameOf(owner)) > 0) return "used";
      if (count(sql.since, nameOf(owner), bound.since) >= bound.count) return "too-many";
      sql.add.run(registrationId, nameOf(owner), deviceId, sealed, at);
      return "begun";
    },
  );
  const use = database.transaction(
    (registrationId: RegistrationId, { owner, deviceId, recordHash }: RegistrationUse) => {
      const row = sql.get.get(registrationId) as StoredRegistration | undefined;
      if (!row || row.owner !== nameOf(owner) || row.device_id !== deviceId) return undefined;
      const sealed = plainBytes(row.sealed);
      if (row.record_hash) return equalBytes(plainBytes(row.record_hash), recordHash) ? sealed : undefined;
      if (owner.kind === "sign-in" && count(sql.used, nameOf(owner)) > 0) return undefined;
      sql.use.run(recordHash, registrationId);
      return sealed;
    },
  );
  return {
    begin: async (registration, bound) => begin.immediate(registration, bound),
    use: async (registrationId, by) => use.immediate(registrationId, by),
    async forget(kind, before) {
      sql.forget.run(`${kind}/*`, before);
    },
  };
}

const nameOf = ({ kind, name }: RegistrationOwner): string => `${kind}/${name}`;

const prepare = (database: SqliteDatabase) => ({
  add: database.prepare(
    "INSERT INTO pin_registrations (registration_id, owner, device_id, sealed, started_at) VALUES (?, ?, ?, ?, ?)",
  ),
  get: database.prepare("SELECT * FROM pin_registrations WHERE registration_id = ?"),
  used: database.prepare(
    "SELECT count(*) AS count FROM pin_registrations WHERE owner = ? AND record_hash IS NOT NULL",
  ),
  since: database.prepare(
    "SELECT count(*) AS count FROM pin_registrations WHERE owner = ? AND started_at > ?",
  ),
  use: database.prepare("UPDATE pin_registrations SET record_hash = ? WHERE registration_id = ?"),
  forget: database.prepare("DELETE FROM pin_registrations WHERE owner GLOB ? AND started_at < ?"),
});
