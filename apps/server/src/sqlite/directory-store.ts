/** Organisation, officers and devices in SQLite. */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import type { DeviceRow, DirectoryStore, LetterRow, NewDevice } from "../ports/directory-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { signedOf } from "./signed-column.ts";

type StoredUser = { user_id: UserId; sequence: number; generation: number };
type StoredLetter = {
  user_id: UserId;
  generation: number;
  signed: Uint8Array;
  activation_key: Uint8Array;
  activate_until: number;
  used: number;
};
type StoredDevice = {
  device_id: DeviceId;
  user_id: UserId;
  client_id: ClientId;
  device_key: Uint8Array;
  device_class: DeviceClass;
  generation: number;
  genesis: Uint8Array;
  ended: number;
  locked: number;
  destroyed: number;
  tokens_after: number;
  accepted_agreement: number;
};

export function sqliteDirectoryStore(database: SqliteDatabase): DirectoryStore {
  const sql = prepare(database);
  const head = (): number => (sql.head.get() as { head: number }).head;
  const userRow = (userId: UserId): StoredUser | undefined => sql.user.get(userId) as StoredUser | undefined;
  const letters = (userId: UserId): StoredLetter[] => sql.letters.all(userId) as StoredLetter[];
  const devices = (userId: UserId): StoredDevice[] => sql.devices.all(userId) as StoredDevice[];

  function entryOf(user: StoredUser): DirectoryEntry {
    const links = Map.groupBy(devices(user.user_id), ({ generation }) => generation);
    const generations = letters(user.user_id)
      .filter(({ generation }) => generation <= user.generation)
      .map(({ generation, signed }) => ({
        generation,
        attestation: signedOf(signed),
        links: (links.get(generation) ?? []).map(({ genesis }) => signedOf(genesis)),
      }));
    const current = generations.find(({ generation }) => generation === user.generation);
    if (!current) throw new Error("A user without an attestation");
    const former = generations
      .filter((one) => one.generation < user.generation && one.links.length > 0)
      .map(({ attestation, links: formerLinks }) => ({ attestation, links: formerLinks }));
    return {
      sequence: user.sequence,
      userId: user.user_id,
      attestation: current.attestation,
      links: current.links,
      ...(former.length > 0 && { former }),
    };
  }

  const putAttestation = database.transaction(
    (letter: Omit<LetterRow, "used">): number | "activated" | "outdated" => {
      const { userId, generation } = letter;
      const known = letters(userId);
      const highest = known.at(-1);
      if (highest && highest.generation > generation) return "outdated";
      if (highest?.generation === generation && highest.used === 1) return "activated";
      const user = userRow(userId);
      const sequence = head() + 1;
      // Above a generation that has a device, the letter waits; without one there is nothing to keep.
      const waits = user && known.some((one) => one.generation === user.generation && one.used === 1);
      sql.putUser.run(userId, sequence, waits ? user.generation : generation);
      sql.dropUnused.run(userId);
      sql.putLetter.run(
        userId,
        generation,
        encodeCbor(letter.attestation),
        letter.activationKey,
        letter.activateUntil,
      );
      return sequence;
    },
  );

  const activate = database.transaction(
    (device: NewDevice): { sequence: number; ended: DeviceId[] } | "used" => {
      const { userId, deviceId, generation } = device;
      const genesis = encodeCbor(device.genesis);
      const letter = letters(userId).find((one) => one.generation === generation);
      if (!letter) throw new Error("Activated without an attestation");
      if (letter.used === 1) {
        const same = devices(userId).some((one) => Buffer.compare(one.genesis, genesis) === 0);
        return same ? { sequence: userRow(userId)?.sequence ?? 0, ended: [] } : "used";
      }
      const sequence = head() + 1;
      sql.markUsed.run(userId, letter.activation_key);
      sql.putUser.run(userId, sequence, generation);
      const ended = sql.endLower.all(userId, generation) as { device_id: DeviceId }[];
      sql.addDevice.run(
        deviceId,
        userId,
        device.clientId,
        device.deviceKey,
        genesis,
        generation,
        device.deviceClass,
        device.acceptedAgreement,
      );
      sql.addPinRecord.run(deviceId, device.pinRecord);
      return { sequence, ended: ended.map(({ device_id }) => device_id) };
    },
  );

  return {
    manifests: async () =>
      (sql.manifests.all() as { signed: Uint8Array }[]).map(({ signed }): Signed => signedOf(signed)),
    addManifest: async (version, manifest) =>
      sql.addManifest.run(version, encodeCbor(manifest)).changes === 1,
    async letter(userId) {
      const letter = letters(userId).at(-1);
      return letter && letterOf(letter);
    },
    putAttestation: async (letter) => putAttestation(letter),
    activate: async (device) => activate(device),
    markUsed: async (userId, activationKey) => void sql.markUsed.run(userId, activationKey),
    usedLetters: async () =>
      (sql.usedLetters.all() as StoredLetter[]).map((letter) => ({
        userId: letter.user_id,
        activationKey: letter.activation_key,
      })),
    async device(deviceId) {
      const row = sql.device.get(deviceId) as StoredDevice | undefined;
      return row && deviceOf(row);
    },
    devicesOf: async (userId) =>
      devices(userId)
        .filter(({ ended, destroyed }) => ended === 0 && destroyed === 0)
        .map(deviceOf),
    allDevicesOf: async (userId) => devices(userId).map(deviceOf),
    endTokens: async (deviceId, time) => void sql.endTokens.run(time, deviceId),
    changesAfter: async (sequence, limit) => (sql.changes.all(sequence, limit) as StoredUser[]).map(entryOf),
    head: async () => head(),
  };
}

const letterOf = (row: StoredLetter): LetterRow => ({
  userId: row.user_id,
  generation: row.generation,
  attestation: signedOf(row.signed),
  activationKey: row.activation_key,
  activateUntil: row.activate_until,
  used: row.used === 1,
});

const deviceOf = (row: StoredDevice): DeviceRow => ({
  deviceId: row.device_id,
  userId: row.user_id,
  clientId: row.client_id,
  deviceKey: row.device_key,
  deviceClass: row.device_class,
  generation: row.generation,
  genesis: signedOf(row.genesis),
  ended: row.ended === 1,
  locked: row.locked === 1,
  destroyed: row.destroyed === 1,
  tokensAfter: row.tokens_after,
  acceptedAgreement: row.accepted_agreement,
});

const prepare = (database: SqliteDatabase) => ({
  manifests: database.prepare("SELECT signed FROM manifests ORDER BY version"),
  addManifest: database.prepare(
    "INSERT INTO manifests (version, signed) VALUES (?, ?) ON CONFLICT DO NOTHING",
  ),
  head: database.prepare("SELECT coalesce(max(sequence), 0) AS head FROM users"),
  user: database.prepare("SELECT * FROM users WHERE user_id = ?"),
  putUser: database.prepare(
    `INSERT INTO users (user_id, sequence, generation) VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE
     SET sequence = excluded.sequence, generation = excluded.generation`,
  ),
  changes: database.prepare("SELECT * FROM users WHERE sequence > ? ORDER BY sequence LIMIT ?"),
  letters: database.prepare("SELECT * FROM attestations WHERE user_id = ? ORDER BY generation"),
  // A new letter replaces those that nobody has used.
  dropUnused: database.prepare("DELETE FROM attestations WHERE user_id = ? AND used = 0"),
  putLetter: database.prepare(
    `INSERT INTO attestations (user_id, generation, signed, activation_key, activate_until)
     VALUES (?, ?, ?, ?, ?)`,
  ),
  markUsed: database.prepare("UPDATE attestations SET used = 1 WHERE user_id = ? AND activation_key = ?"),
  usedLetters: database.prepare("SELECT * FROM attestations WHERE used = 1"),
  device: database.prepare("SELECT * FROM devices WHERE device_id = ?"),
  devices: database.prepare("SELECT * FROM devices WHERE user_id = ? ORDER BY generation"),
  addDevice: database.prepare(
    `INSERT INTO devices
       (device_id, user_id, client_id, device_key, genesis, generation, device_class, accepted_agreement)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  addPinRecord: database.prepare("INSERT INTO pin_records (device_id, sealed) VALUES (?, ?)"),
  endLower: database.prepare(
    "UPDATE devices SET ended = 1 WHERE user_id = ? AND generation < ? AND ended = 0 RETURNING device_id",
  ),
  endTokens: database.prepare("UPDATE devices SET tokens_after = max(tokens_after, ?) WHERE device_id = ?"),
});
