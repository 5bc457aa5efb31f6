/** Agreement, policy and orders in SQLite. */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import type { AgreementRow, OrderRow, RulesStore } from "../ports/rules-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { readSigned } from "./stored-signed.ts";

type StoredAgreement = { version: number; valid_from: number; signed: Uint8Array };
type StoredPolicy = { version: number; private_allowed: number; signed: Uint8Array };
type StoredOrder = { sequence: number; kind: OrderKind; signed: Uint8Array; receipt: Uint8Array | null };

export function sqliteRulesStore(database: SqliteDatabase): RulesStore {
  const sql = prepare(database);
  const accept = database.transaction((deviceId: DeviceId, version: number, acceptance: Signed) => {
    sql.addAcceptance.run(deviceId, version, encodeCbor(acceptance));
    sql.accepted.run(version, deviceId);
  });
  const addOrder = database.transaction(
    (deviceId: DeviceId, { sequence, kind, signed, at }: Parameters<RulesStore["addOrder"]>[1]): boolean => {
      if (sql.addOrder.run(deviceId, sequence, kind, encodeCbor(signed), deviceId, sequence).changes === 0)
        return false;
      if (kind === "unlock") sql.unlock.run(deviceId);
      else sql.lock.run(at, deviceId);
      return true;
    },
  );

  return {
    newestAgreement: async () => agreementOf(sql.newestAgreement.get()),
    agreementAt: async (time) => agreementOf(sql.agreementAt.get(time)),
    agreement: async (version) => agreementOf(sql.agreement.get(version)),
    addAgreement: async ({ version, validFrom, signed }) =>
      sql.addAgreement.run(version, validFrom, encodeCbor(signed), version).changes === 1,
    accept: async (deviceId, version, acceptance) => accept(deviceId, version, acceptance),
    async policy() {
      const row = sql.policy.get() as StoredPolicy | undefined;
      if (!row) return undefined;
      return {
        version: row.version,
        privateAllowed: row.private_allowed === 1,
        signed: readSigned(row.signed),
      };
    },
    addPolicy: async ({ version, privateAllowed, signed }) =>
      sql.addPolicy.run(version, privateAllowed ? 1 : 0, encodeCbor(signed), version).changes === 1,
    orders: async (deviceId, after) =>
      (sql.orders.all(deviceId, after) as StoredOrder[]).map(
        ({ sequence, kind, signed, receipt }): OrderRow => ({
          sequence,
          kind,
          signed: readSigned(signed),
          ...(receipt && { receipt: readSigned(receipt) }),
        }),
      ),
    addOrder: async (deviceId, order) => addOrder(deviceId, order),
    addReceipt: async (deviceId, sequence, receipt) =>
      void sql.addReceipt.run(encodeCbor(receipt), deviceId, sequence),
  };
}

function agreementOf(row: unknown): AgreementRow | undefined {
  const stored = row as StoredAgreement | undefined;
  return (
    stored && { version: stored.version, validFrom: stored.valid_from, signed: readSigned(stored.signed) }
  );
}

const prepare = (database: SqliteDatabase) => ({
  newestAgreement: database.prepare("SELECT * FROM agreements ORDER BY version DESC LIMIT 1"),
  agreementAt: database.prepare(
    "SELECT * FROM agreements WHERE valid_from <= ? ORDER BY version DESC LIMIT 1",
  ),
  agreement: database.prepare("SELECT * FROM agreements WHERE version = ?"),
  addAgreement: database.prepare(
    `INSERT INTO agreements (version, valid_from, signed)
     SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM agreements WHERE version >= ?)`,
  ),
  addAcceptance: database.prepare(
    "INSERT INTO acceptances (device_id, version, signed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  ),
  accepted: database.prepare(
    "UPDATE devices SET accepted_agreement = max(accepted_agreement, ?) WHERE device_id = ?",
  ),
  policy: database.prepare("SELECT * FROM policies ORDER BY version DESC LIMIT 1"),
  addPolicy: database.prepare(
    `INSERT INTO policies (version, private_allowed, signed)
     SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM policies WHERE version >= ?)`,
  ),
  orders: database.prepare(
    "SELECT * FROM orders WHERE device_id = ? AND sequence > ? ORDER BY sequence LIMIT 1000",
  ),
  addOrder: database.prepare(
    `INSERT INTO orders (device_id, sequence, kind, signed)
     SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM orders WHERE device_id = ? AND sequence >= ?)`,
  ),
  addReceipt: database.prepare("UPDATE orders SET receipt = ? WHERE device_id = ? AND sequence = ?"),
  lock: database.prepare(
    "UPDATE devices SET locked = 1, signed_out_at = max(signed_out_at, ?) WHERE device_id = ?",
  ),
  unlock: database.prepare("UPDATE devices SET locked = 0 WHERE device_id = ?"),
});
