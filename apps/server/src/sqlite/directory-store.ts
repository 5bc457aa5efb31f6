/** Organisation, officers and devices in SQLite. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Selectable } from "kysely";
import type { NewAttestation } from "../core/attestation.ts";
import { judgeAttestation } from "../core/attestation.ts";
import { directoryEntry } from "../core/directory-entry.ts";
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
type StoredLetter = Selectable<Tables["attestations"]>;
type StoredDevice = Selectable<Tables["devices"]>;

export function sqliteDirectoryStore(database: SqliteDatabase, queries: Queries): DirectoryStore {
  const { build, all, first, run } = queries;
  const users = build.selectFrom("users").selectAll();
  const devices = build.selectFrom("devices").selectAll();

  const head = (): number =>
    first(build.selectFrom("users").select((e) => e.fn.max("sequence").as("head")))?.head ?? 0;
  const storedUser = (userId: UserId): StoredUser | undefined => first(users.where("user_id", "=", userId));
  const letters = (userId: UserId): StoredLetter[] =>
    all(build.selectFrom("attestations").selectAll().where("user_id", "=", userId).orderBy("generation"));
  const devicesOf = (userId: UserId): StoredDevice[] =>
    all(devices.where("user_id", "=", userId).orderBy("generation"));

  function putUser(row: StoredUser): void {
    const { user_id: _, ...changes } = row;
    run(
      build
        .insertInto("users")
        .values(row)
        .onConflict((conflict) => conflict.column("user_id").doUpdateSet(changes)),
    );
  }

  function putAttestation(next: NewAttestation): AttestationOutcome {
    const { userId, generation } = next;
    const stored = storedUser(userId);
    const known = letters(userId);
    const newest = known.at(-1);
    const newestRow = newest && letterRow(newest);
    const verdict = judgeAttestation(newestRow && { ...newestRow, activated: newestRow.used }, next);
    if (verdict === "outdated") return { outcome: "outdated" };
    if (verdict === "again") return { outcome: "again", sequence: stored?.sequence ?? 0 };
    // Above a generation that has a device the letter waits; else there is nothing to keep.
    const keeps = stored && known.some((one) => one.generation === stored.generation && one.used === 1);
    const sequence = head() + 1;
    putUser({ user_id: userId, sequence, generation: keeps ? stored.generation : generation });
    run(build.deleteFrom("attestations").where("user_id", "=", userId).where("used", "=", 0));
    run(
      build.insertInto("attestations").values({
        user_id: userId,
        generation,
        valid_from: next.validFrom,
        attestation: encodeCbor(next.attestation),
        activation_key: next.activationKey,
        activate_until: next.activateUntil,
      }),
    );
    return { outcome: "taken", sequence };
  }

  function activate(device: NewDevice): ActivationOutcome {
    const { userId, deviceId } = device;
    const stored = storedUser(userId);
    const letter = letters(userId).at(-1);
    if (!stored || !letter || !equalBytes(readSigned(letter.attestation).payload, device.attestation))
      return { outcome: "replaced" };
    const genesis = encodeCbor(device.genesis);
    const before = devicesOf(userId);
    if (letter.used === 1)
      return before.some((one) => equalBytes(one.genesis, genesis))
        ? { outcome: "again", sequence: stored.sequence }
        : { outcome: "used" };
    const { generation } = letter;
    const sequence = head() + 1;
    putUser({ user_id: userId, sequence, generation });
    markUsed(userId, letter.activation_key);
    const ending = before.filter((one) => one.generation < generation && one.ended === 0);
    for (const { device_id } of ending)
      run(build.updateTable("devices").set({ ended: 1 }).where("device_id", "=", device_id));
    run(
      build.insertInto("devices").values({
        device_id: deviceId,
        user_id: userId,
        client_id: device.clientId,
        device_key: device.deviceKey,
        device_class: device.deviceClass,
        accepted_agreement: device.acceptedAgreement,
        generation,
        genesis,
      }),
    );
    run(build.insertInto("pin_records").values({ device_id: deviceId, sealed: device.pinRecord }));
    return { outcome: "activated", sequence, ended: ending.map(({ device_id }) => device_id) };
  }

  function markUsed(userId: UserId, activationKey: Uint8Array): void {
    const letter = build.updateTable("attestations").set({ used: 1 }).where("user_id", "=", userId);
    run(letter.where("activation_key", "=", activationKey));
  }

  function entryOf({ user_id: userId, sequence, generation }: StoredUser) {
    const links = Map.groupBy(devicesOf(userId), (device) => device.generation);
    const generations = letters(userId).map((letter) => ({
      generation: letter.generation,
      attestation: readSigned(letter.attestation),
      links: (links.get(letter.generation) ?? []).map(({ genesis }): Signed => readSigned(genesis)),
    }));
    return directoryEntry({ userId, sequence, generation }, generations);
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
      const letter = letters(userId).at(-1);
      return letter && letterRow(letter);
    },
    putAttestation: async (next) => putInTransaction.immediate(next),
    activate: async (device) => activateInTransaction.immediate(device),
    markUsed: async (userId, activationKey) => markUsed(userId, activationKey),
    usedLetters: async () =>
      all(build.selectFrom("attestations").selectAll().where("used", "=", 1)).map((letter) => ({
        userId: letter.user_id,
        activationKey: plainBytes(letter.activation_key),
      })),
    async device(deviceId) {
      const row = first(devices.where("device_id", "=", deviceId));
      return row && deviceRow(row);
    },
    devicesOf: async (userId) =>
      devicesOf(userId)
        .filter(({ ended, destroyed }) => ended === 0 && destroyed === 0)
        .map(deviceRow),
    allDevicesOf: async (userId) => devicesOf(userId).map(deviceRow),
    async signOut(deviceId, time) {
      const mine = build.updateTable("devices").where("device_id", "=", deviceId);
      run(mine.set({ signed_out_at: time }).where("signed_out_at", "<", time));
    },
    async forgetSignOuts(before) {
      const old = build.updateTable("devices").set({ signed_out_at: 0 });
      run(old.where("signed_out_at", ">", 0).where("signed_out_at", "<", before));
    },
    changesAfter: async (sequence, limit) =>
      all(users.where("sequence", ">", sequence).orderBy("sequence").limit(limit)).map(entryOf),
    head: async () => head(),
  };
}

const letterRow = (row: StoredLetter): UserRow => ({
  userId: row.user_id,
  generation: row.generation,
  validFrom: row.valid_from,
  attestation: readSigned(row.attestation),
  activationKey: plainBytes(row.activation_key),
  activateUntil: row.activate_until,
  used: row.used === 1,
});

const deviceRow = (row: StoredDevice): DeviceRow => ({
  deviceId: row.device_id,
  userId: row.user_id,
  clientId: row.client_id,
  deviceKey: plainBytes(row.device_key),
  deviceClass: row.device_class,
  generation: row.generation,
  genesis: readSigned(row.genesis),
  acceptedAgreement: row.accepted_agreement,
  ended: row.ended === 1,
  locked: row.locked === 1,
  destroyed: row.destroyed === 1,
  signedOutAt: row.signed_out_at,
});
