/** Organisation, officers and devices in SQLite. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Selectable } from "kysely";
import { directoryEntry } from "../core/directory-entry.ts";
import type { NewAttestation, Transfer } from "../core/letters.ts";
import { judgeAttestation, newestLetter } from "../core/letters.ts";
import { userRow } from "../core/user-row.ts";
import type {
  ActivationOutcome,
  AttestationOutcome,
  DeviceRow,
  DirectoryStore,
  NewDevice,
  UserRow,
} from "../ports/directory-store.ts";
import { sqliteLetters } from "./letters.ts";
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
  const letters = sqliteLetters(queries);

  const head = (): number =>
    Math.max(
      first(build.selectFrom("users").select((e) => e.fn.max("sequence").as("head")))?.head ?? 0,
      first(build.selectFrom("manifests").select((e) => e.fn.max("sequence").as("head")))?.head ?? 0,
    );
  const storedUser = (userId: UserId): StoredUser | undefined => first(users.where("user_id", "=", userId));
  function user(userId: UserId): UserRow | undefined {
    const letter = newestLetter(letters.of(userId));
    return letter && userRow(userId, letter);
  }
  const devicesOf = (userId: UserId): StoredDevice[] =>
    all(devices.where("user_id", "=", userId).orderBy("generation"));

  function changed(userId: UserId): number {
    const sequence = head() + 1;
    const row = { user_id: userId, sequence };
    const upsert = build.insertInto("users").values(row);
    run(upsert.onConflict((conflict) => conflict.column("user_id").doUpdateSet({ sequence })));
    return sequence;
  }

  function putAttestation(next: NewAttestation): AttestationOutcome {
    const { userId } = next;
    const judged = judgeAttestation(letters.of(userId), letters.transfersOf(userId), next);
    switch (judged.verdict) {
      case "outdated":
      case "foreign-unit":
        return { outcome: judged.verdict };
      case "again":
        return { outcome: "again", sequence: storedUser(userId)?.sequence ?? 0 };
      case "another-desk":
        if (judged.drop) letters.dropAttestation(userId, judged.drop);
        letters.attest(next);
        letters.judgeDevices();
        return { outcome: "taken", sequence: changed(userId) };
      default: {
        const sequence = changed(userId);
        letters.replaceUnused(next);
        return { outcome: "taken", sequence };
      }
    }
  }

  function activate(device: NewDevice): ActivationOutcome {
    const { userId, deviceId } = device;
    const stored = storedUser(userId);
    const letter = newestLetter(letters.of(userId));
    if (!stored || !letter || !equalBytes(letter.activationKey, device.activationKey))
      return { outcome: "replaced" };
    const genesis = encodeCbor(device.genesis);
    const before = devicesOf(userId);
    if (letter.used)
      return before.some((one) => equalBytes(one.genesis, genesis))
        ? { outcome: "again", sequence: stored.sequence }
        : { outcome: "used" };
    const { generation } = letter;
    const sequence = changed(userId);
    letters.markUsed(userId, letter.activationKey);
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
        activation_key: device.activationKey,
        generation,
        genesis,
      }),
    );
    run(build.insertInto("pin_records").values({ device_id: deviceId, sealed: device.pinRecord }));
    return { outcome: "activated", sequence, ended: ending.map(({ device_id }) => device_id) };
  }

  function addManifest(version: number, manifest: Signed): boolean {
    const row = { version, signed: encodeCbor(manifest), sequence: head() + 1 };
    const insert = build.insertInto("manifests").values(row);
    return run(insert.onConflict((conflict) => conflict.doNothing())) === 1;
  }

  function putTransfer(transfer: Transfer): number {
    if (!letters.putTransfer(transfer) || !storedUser(transfer.userId)) return head();
    return changed(transfer.userId);
  }

  const entryOf = ({ user_id: userId, sequence }: StoredUser) =>
    directoryEntry({ userId, sequence }, letters.of(userId), letters.transfersOf(userId));

  const putInTransaction = database.transaction(putAttestation);
  const activateInTransaction = database.transaction(activate);
  const addManifestInTransaction = database.transaction(addManifest);
  const putTransferInTransaction = database.transaction(putTransfer);
  const judgeInTransaction = database.transaction(letters.judgeDesks);
  return {
    manifests: async () =>
      all(build.selectFrom("manifests").select("signed").orderBy("version")).map(({ signed }) =>
        readSigned(signed),
      ),
    newestVersion: async () =>
      first(build.selectFrom("manifests").select((e) => e.fn.max("version").as("newest")))?.newest ?? 0,
    addManifest: async (version, manifest) => addManifestInTransaction.immediate(version, manifest),
    judgeDesks: async (validUntil) => judgeInTransaction.immediate(validUntil),
    attestedBy: async (deskKey, page) => letters.attestedBy(deskKey, page),
    putTransfer: async (transfer) => putTransferInTransaction.immediate(transfer),
    user: async (userId) => user(userId),
    async userOfLetter(activationKey) {
      const userId = letters.ownerOf(activationKey);
      return userId && user(userId);
    },
    putAttestation: async (next) => putInTransaction.immediate(next),
    activate: async (device) => activateInTransaction.immediate(device),
    markUsed: async (userId, activationKey) => letters.markUsed(userId, activationKey),
    usedLetters: async () =>
      all(build.selectFrom("letters").selectAll().where("used", "=", 1)).map((letter) => ({
        userId: letter.user_id,
        activationKey: plainBytes(letter.activation_key),
      })),
    async device(deviceId) {
      const row = first(devices.where("device_id", "=", deviceId));
      return row && deviceRow(row);
    },
    devicesOf: async (userId) =>
      devicesOf(userId)
        .filter(({ ended, revoked, destroyed }) => ended === 0 && revoked === 0 && destroyed === 0)
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
  revoked: row.revoked === 1,
  locked: row.locked === 1,
  destroyed: row.destroyed === 1,
  signedOutAt: row.signed_out_at,
});
