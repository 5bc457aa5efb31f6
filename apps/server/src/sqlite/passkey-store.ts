/** Passkeys in SQLite. */
import type { PasskeyStore } from "../ports/passkey-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";

type StoredPasskey = {
  credential_id: string;
  public_key: Uint8Array;
  counter: number;
  sealed_share: Uint8Array;
  added_at: number;
};

export function sqlitePasskeyStore(database: SqliteDatabase): PasskeyStore {
  const sql = prepare(database);
  return {
    async get(deviceId) {
      const row = sql.get.get(deviceId) as StoredPasskey | undefined;
      if (!row) return undefined;
      return {
        credentialId: row.credential_id,
        publicKey: plainBytes(row.public_key),
        counter: row.counter,
        sealedShare: plainBytes(row.sealed_share),
        addedAt: row.added_at,
      };
    },
    put: async (deviceId, { credentialId, publicKey, counter, sealedShare, addedAt }) =>
      void sql.put.run(deviceId, credentialId, publicKey, counter, sealedShare, addedAt),
    setCounter: async (deviceId, counter) => void sql.setCounter.run(counter, deviceId),
    async remove(deviceId) {
      sql.remove.run(deviceId);
      // The share must not live on in the log of changes.
      database.pragma("wal_checkpoint(TRUNCATE)");
    },
    putChallenge: async (deviceId, purpose, challenge, at) =>
      void sql.putChallenge.run(deviceId, purpose, challenge, at),
    takeChallenge: async (deviceId, purpose) =>
      sql.takeChallenge.get(deviceId, purpose) as { challenge: string; at: number } | undefined,
  };
}

const prepare = (database: SqliteDatabase) => ({
  get: database.prepare("SELECT * FROM passkeys WHERE device_id = ?"),
  put: database.prepare(
    `INSERT INTO passkeys (device_id, credential_id, public_key, counter, sealed_share, added_at)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (device_id) DO UPDATE SET credential_id = excluded.credential_id,
       public_key = excluded.public_key, counter = excluded.counter, sealed_share = excluded.sealed_share,
       added_at = excluded.added_at`,
  ),
  setCounter: database.prepare("UPDATE passkeys SET counter = ? WHERE device_id = ?"),
  remove: database.prepare("DELETE FROM passkeys WHERE device_id = ?"),
  putChallenge: database.prepare(
    `INSERT INTO passkey_challenges (device_id, purpose, challenge, made_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET challenge = excluded.challenge, made_at = excluded.made_at`,
  ),
  takeChallenge: database.prepare(
    "DELETE FROM passkey_challenges WHERE device_id = ? AND purpose = ? RETURNING challenge, made_at AS at",
  ),
});
