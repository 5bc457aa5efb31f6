/** Organisation, officers and devices in SQLite. */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Selectable } from "kysely";
import type { NewAttestation } from "../core/attestation.ts";
import { judgeAttestation } from "../core/attestation.ts";
import type {
  ActivationOutcome,
  AttestationOutcome,
  DeviceRow,
  DirectoryStore,
  NewDevice,
  UserRow,
} from "../ports/directory-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes, type Queries } from "./queries.ts";
import { readSigned } from "./stored-signed.ts";
import type { Tables } from "./tables.ts";

type StoredUser = Selectable<Tables["users"]>;
type StoredDevice = Selectable<Tables["devices"]>;

export function sqliteDirectoryStore(database: SqliteDatabase, queries: Queries): DirectoryStore {
  const { build, all, first, run } = queries;
  const users = build.selectFrom("users").selectAll();
  const devices = build.selectFrom("devices").selectAll();

  const head = (): number =>
    first(build.selectFrom("users").select((e) => e.fn.max("sequence").as("head")))?.head ?? 0;
  const storedUser = (userId: UserId): StoredUser | undefined => first(users.where("user_id", "=", userId));
  const devicesOf = (userId: UserId): StoredDevice[] =>
    all(devices.where("user_id", "=", userId).where("ended", "=", 0));
  const linksOf = (userId: UserId, generation: number): Signed[] =>
    all(devices.where("user_id", "=", userId).where("generation", "=", generation)).map(({ genesis }) =>
      readSigned(genesis),
    );
  const userRow = (row: StoredUser): UserRow => ({
    userId: row.user_id,
    generation: row.generation,
    validFrom: row.valid_from,
    attestation: readSigned(row.attestation),
    activationKey: plainBytes(row.activation_key),
    activateUntil: row.activate_until,
    links: linksOf(row.user_id, row.generation),
  });

  function putAttestation(next: NewAttestation): AttestationOutcome {
    const { userId, generation } = next;
    const stored = storedUser(userId);
    const known = stored && userRow(stored);
    const verdict = judgeAttestation(known && { ...known, activated: known.links.length > 0 }, next);
    if (verdict === "outdated") return { outcome: "outdated" };
    if (verdict === "again") return { outcome: "again", sequence: stored?.sequence ?? 0 };
    const ending = verdict === "next-generation" ? devicesOf(userId) : [];
    if (stored && ending.length > 0) {
      const { generation: lower, attestation } = stored;
      run(
        build.insertInto("former_attestations").values({ user_id: userId, generation: lower, attestation }),
      );
      run(
        build
          .updateTable("devices")
          .set({ ended: 1 })
          .where("user_id", "=", userId)
          .where("generation", "<", generation),
      );
    }
    const sequence = head() + 1;
    const row = {
      sequence,
      generation,
      attestation: encodeCbor(next.attestation),
      activation_key: next.activationKey,
      activate_until: next.activateUntil,
      valid_from: next.validFrom,
    };
    run(
      build
        .insertInto("users")
        .values({ user_id: userId, ...row })
        .onConflict((conflict) => conflict.column("user_id").doUpdateSet(row)),
    );
    return { outcome: "taken", sequence, ended: ending.map(({ device_id }) => device_id) };
  }

  function activate(device: NewDevice): ActivationOutcome {
    const { userId } = device;
    const stored = storedUser(userId);
    if (!stored || Buffer.compare(readSigned(stored.attestation).payload, device.attestation) !== 0)
      return { outcome: "replaced" };
    const genesis = encodeCbor(device.genesis);
    const [existing] = devicesOf(userId);
    if (existing)
      return Buffer.compare(existing.genesis, genesis) === 0
        ? { outcome: "again", sequence: stored.sequence }
        : { outcome: "used" };
    const sequence = head() + 1;
    run(
      build.insertInto("devices").values({
        device_id: device.deviceId,
        user_id: userId,
        client_id: device.clientId,
        device_key: device.deviceKey,
        generation: stored.generation,
        genesis,
      }),
    );
    run(build.updateTable("users").set({ sequence }).where("user_id", "=", userId));
    return { outcome: "activated", sequence };
  }

  function entryOf(row: StoredUser): DirectoryEntry {
    const { user_id: userId, sequence, attestation, generation } = row;
    const former = all(
      build.selectFrom("former_attestations").selectAll().where("user_id", "=", userId).orderBy("generation"),
    ).map((lower) => ({
      attestation: readSigned(lower.attestation),
      links: linksOf(userId, lower.generation),
    }));
    const links = linksOf(userId, generation);
    return {
      sequence,
      userId,
      attestation: readSigned(attestation),
      links,
      ...(former.length > 0 && { former }),
    };
  }

  const putInTransaction = database.transaction(putAttestation);
  const activateInTransaction = database.transaction(activate);
  return {
    manifests: async () =>
      all(build.selectFrom("manifests").select("signed").orderBy("version")).map(({ signed }) =>
        readSigned(signed),
      ),
    async addManifest(version, manifest) {
      const row = { version, signed: encodeCbor(manifest) };
      return (
        run(
          build
            .insertInto("manifests")
            .values(row)
            .onConflict((c) => c.doNothing()),
        ) === 1
      );
    },
    async user(userId) {
      const row = storedUser(userId);
      return row && userRow(row);
    },
    putAttestation: async (next) => putInTransaction.immediate(next),
    activate: async (device) => activateInTransaction.immediate(device),
    async device(deviceId) {
      const row = first(devices.where("device_id", "=", deviceId));
      return row && deviceRow(row);
    },
    devicesOf: async (userId) => devicesOf(userId).map(deviceRow),
    async signOut(deviceId, time) {
      const mine = build.updateTable("devices").where("device_id", "=", deviceId);
      run(mine.set({ signed_out_at: time }).where("signed_out_at", "<", time));
    },
    changesAfter: async (sequence, limit) =>
      all(users.where("sequence", ">", sequence).orderBy("sequence").limit(limit)).map(entryOf),
    head: async () => head(),
  };
}

const deviceRow = (row: StoredDevice): DeviceRow => ({
  deviceId: row.device_id,
  userId: row.user_id,
  clientId: row.client_id,
  deviceKey: plainBytes(row.device_key),
  ended: row.ended === 1,
  signedOutAt: row.signed_out_at,
});
