/** Organisation, officers and devices in SQLite. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import { Signed } from "@nimes/protocol/schema";
import type { DeviceRow, DirectoryStore, NewDevice, UserRow } from "../ports/directory-store.ts";
import type { SqliteDatabase } from "./open-database.ts";

type StoredUser = {
  user_id: UserId;
  sequence: number;
  generation: number;
  attestation: Uint8Array;
  activation_key: Uint8Array;
  activate_until: number;
};
type StoredDevice = {
  device_id: DeviceId;
  user_id: UserId;
  client_id: ClientId;
  device_key: Uint8Array;
  genesis: Uint8Array;
  ended: number;
};

export function sqliteDirectoryStore(database: SqliteDatabase): DirectoryStore {
  const sql = prepare(database);
  const head = (): number => (sql.head.get() as { head: number }).head;
  const linksOf = (userId: UserId): Signed[] =>
    (sql.devicesOf.all(userId) as StoredDevice[]).map(({ genesis }) => signedOf(genesis));

  const putAttestation = database.transaction((row: Omit<UserRow, "links">): number | "activated" => {
    if (sql.devicesOf.all(row.userId).length > 0) return "activated";
    const sequence = head() + 1;
    const attestation = encodeCbor(row.attestation);
    sql.putUser.run(row.userId, sequence, row.generation, attestation, row.activationKey, row.activateUntil);
    return sequence;
  });
  const activate = database.transaction((device: NewDevice): number | "used" => {
    const genesis = encodeCbor(device.genesis);
    const [existing] = sql.devicesOf.all(device.userId) as StoredDevice[];
    if (existing) {
      const user = sql.user.get(device.userId) as StoredUser;
      return Buffer.compare(existing.genesis, genesis) === 0 ? user.sequence : "used";
    }
    const sequence = head() + 1;
    sql.addDevice.run(device.deviceId, device.userId, device.clientId, device.deviceKey, genesis);
    sql.touchUser.run(sequence, device.userId);
    return sequence;
  });

  return {
    manifests: async () =>
      (sql.manifests.all() as { signed: Uint8Array }[]).map(({ signed }) => signedOf(signed)),
    addManifest: async (version, manifest) =>
      sql.addManifest.run(version, encodeCbor(manifest)).changes === 1,
    async user(userId) {
      const row = sql.user.get(userId) as StoredUser | undefined;
      if (!row) return undefined;
      return {
        userId,
        generation: row.generation,
        attestation: signedOf(row.attestation),
        activationKey: row.activation_key,
        activateUntil: row.activate_until,
        links: linksOf(userId),
      };
    },
    putAttestation: async (row) => putAttestation(row),
    activate: async (device) => activate(device),
    async device(deviceId) {
      const row = sql.device.get(deviceId) as StoredDevice | undefined;
      return row && deviceOf(row);
    },
    devicesOf: async (userId) => (sql.devicesOf.all(userId) as StoredDevice[]).map(deviceOf),
    changesAfter: async (sequence, limit) =>
      (sql.changes.all(sequence, limit) as StoredUser[]).map((row) => ({
        sequence: row.sequence,
        userId: row.user_id,
        attestation: signedOf(row.attestation),
        links: linksOf(row.user_id),
      })),
    head: async () => head(),
  };
}

const deviceOf = (row: StoredDevice): DeviceRow => ({
  deviceId: row.device_id,
  userId: row.user_id,
  clientId: row.client_id,
  deviceKey: row.device_key,
  ended: row.ended === 1,
});

function signedOf(bytes: Uint8Array): Signed {
  const signed = decodeCbor(Signed, bytes);
  if (!signed.ok) throw new Error("A stored signed structure does not decode");
  return signed.value;
}

const prepare = (database: SqliteDatabase) => ({
  manifests: database.prepare("SELECT signed FROM manifests ORDER BY version"),
  addManifest: database.prepare(
    "INSERT INTO manifests (version, signed) VALUES (?, ?) ON CONFLICT DO NOTHING",
  ),
  head: database.prepare("SELECT coalesce(max(sequence), 0) AS head FROM users"),
  user: database.prepare("SELECT * FROM users WHERE user_id = ?"),
  putUser: database.prepare(
    `INSERT INTO users (user_id, sequence, generation, attestation, activation_key, activate_until)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET sequence = excluded.sequence, generation = excluded.generation,
       attestation = excluded.attestation, activation_key = excluded.activation_key,
       activate_until = excluded.activate_until`,
  ),
  touchUser: database.prepare("UPDATE users SET sequence = ? WHERE user_id = ?"),
  changes: database.prepare("SELECT * FROM users WHERE sequence > ? ORDER BY sequence LIMIT ?"),
  device: database.prepare("SELECT * FROM devices WHERE device_id = ?"),
  devicesOf: database.prepare("SELECT * FROM devices WHERE user_id = ? AND ended = 0"),
  addDevice: database.prepare(
    "INSERT INTO devices (device_id, user_id, client_id, device_key, genesis) VALUES (?, ?, ?, ?, ?)",
  ),
});
