/** Agreement, policy and orders in SQLite. */
import { toHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { stateAfter } from "@nimes/protocol/signed/orders";
import type {
  AgreementRow,
  OrderRow,
  PolicyRow,
  RuleKeys,
  RulesRejudged,
  RulesStore,
} from "../ports/rules-store.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";
import { readSigned } from "./stored-signed.ts";

type Stored = { signer: Uint8Array; signed: Uint8Array };
type StoredAgreement = Stored & { version: number; valid_from: number };
type StoredPolicy = Stored & { version: number; private_allowed: number };
type StoredOrder = Stored & { sequence: number; kind: OrderKind; receipt: Uint8Array | null };

export function sqliteRulesStore(database: SqliteDatabase): RulesStore {
  const sql = prepare(database);
  const accept = database.transaction(
    (deviceId: DeviceId, { version, signer }: Parameters<RulesStore["accept"]>[1], acceptance: Signed) => {
      sql.addAcceptance.run(deviceId, version, signer, encodeCbor(acceptance));
      sql.accepted.run(deviceId);
    },
  );
  const addOrder = database.transaction(
    (deviceId: DeviceId, order: Parameters<RulesStore["addOrder"]>[1]) => {
      const { sequence, signer, kind, signed, at } = order;
      const row = { deviceId, sequence, signer, kind, signed: encodeCbor(signed) };
      if (sql.addOrder.run(row).changes === 0) return false;
      if (stateAfter(kind) === "open") sql.unlock.run(deviceId);
      else sql.lock.run(at, deviceId);
      return true;
    },
  );
  const lastOrder = (deviceId: DeviceId) =>
    sql.lastOrder.get(deviceId) as { sequence: number; kind: OrderKind } | undefined;

  /** @returns false when the same keys counted before. */
  function replaceKeys({ policyKeys, revocationKeys }: RuleKeys): boolean {
    const next = [
      ...policyKeys.map((key) => ({ role: "policy", key })),
      ...revocationKeys.map((key) => ({ role: "revocation", key })),
    ];
    const named = (rows: readonly { role: string; key: Uint8Array }[]): string =>
      [...new Set(rows.map(({ role, key }) => `${role} ${toHex(key)}`))].sort().join();
    if (named(sql.keys.all() as typeof next) === named(next)) return false;
    sql.dropKeys.run();
    for (const { role, key } of next) sql.addKey.run(role, key);
    return true;
  }

  const judgeKeys = database.transaction((keys: RuleKeys, at: number): RulesRejudged => {
    if (!replaceKeys(keys)) return { changed: false, locked: [] };
    sql.everyAccepted.run();
    const locked: DeviceId[] = [];
    const ordered = sql.ordered.all() as { device_id: DeviceId; locked: 0 | 1 }[];
    for (const { device_id: deviceId, locked: before } of ordered) {
      const last = lastOrder(deviceId);
      const isLocked = last !== undefined && stateAfter(last.kind) !== "open";
      if (isLocked === (before === 1)) continue;
      if (!isLocked) sql.unlock.run(deviceId);
      else {
        sql.lock.run(at, deviceId);
        locked.push(deviceId);
      }
    }
    return { changed: true, locked };
  });

  return {
    judgeKeys: async (keys, at) => judgeKeys.immediate(keys, at),
    newestAgreement: async () => agreementOf(sql.newestAgreement.get()),
    agreementAt: async (time) => agreementOf(sql.agreementAt.get(time)),
    agreement: async (version) => agreementOf(sql.agreement.get(version)),
    addAgreement: async ({ version, signer, validFrom, signed }) =>
      sql.addAgreement.run({ version, signer, validFrom, signed: encodeCbor(signed) }).changes === 1,
    accept: async (deviceId, agreement, acceptance) => accept(deviceId, agreement, acceptance),
    async policy(): Promise<PolicyRow | undefined> {
      const row = sql.policy.get() as StoredPolicy | undefined;
      if (!row) return undefined;
      return { version: row.version, privateAllowed: row.private_allowed === 1, ...signedOf(row) };
    },
    addPolicy: async ({ version, signer, privateAllowed, signed }) =>
      sql.addPolicy.run({
        version,
        signer,
        privateAllowed: privateAllowed ? 1 : 0,
        signed: encodeCbor(signed),
      }).changes === 1,
    orders: async (deviceId, after) => (sql.orders.all(deviceId, after) as StoredOrder[]).map(orderOf),
    everyOrder: async (deviceId, sequence) =>
      (sql.everyOrder.all(deviceId, sequence) as StoredOrder[]).map(orderOf),
    lastOrder: async (deviceId) => lastOrder(deviceId)?.sequence,
    addOrder: async (deviceId, order) => addOrder(deviceId, order),
    addReceipt: async (deviceId, { sequence, signer }, receipt) =>
      void sql.addReceipt.run(encodeCbor(receipt), deviceId, sequence, signer),
  };
}

const signedOf = ({ signer, signed }: Stored) => ({ signer: plainBytes(signer), signed: readSigned(signed) });

const orderOf = ({ sequence, kind, receipt, ...row }: StoredOrder): OrderRow => ({
  sequence,
  kind,
  ...signedOf(row),
  ...(receipt && { receipt: readSigned(receipt) }),
});

function agreementOf(row: unknown): AgreementRow | undefined {
  const stored = row as StoredAgreement | undefined;
  return stored && { version: stored.version, validFrom: stored.valid_from, ...signedOf(stored) };
}

const prepare = (database: SqliteDatabase) => ({
  keys: database.prepare("SELECT role, key FROM rule_keys"),
  dropKeys: database.prepare("DELETE FROM rule_keys"),
  addKey: database.prepare("INSERT INTO rule_keys (role, key) VALUES (?, ?) ON CONFLICT DO NOTHING"),
  newestAgreement: database.prepare("SELECT * FROM counting_agreements ORDER BY version DESC LIMIT 1"),
  agreementAt: database.prepare(
    "SELECT * FROM counting_agreements WHERE valid_from <= ? ORDER BY version DESC LIMIT 1",
  ),
  agreement: database.prepare("SELECT * FROM counting_agreements WHERE version = ?"),
  addAgreement: database.prepare(
    `INSERT INTO agreements (version, signer, valid_from, signed)
     SELECT @version, @signer, @validFrom, @signed
     WHERE EXISTS (SELECT 1 FROM rule_keys WHERE role = 'policy' AND key = @signer)
     AND NOT EXISTS (SELECT 1 FROM counting_agreements WHERE version >= @version)`,
  ),
  addAcceptance: database.prepare(
    "INSERT INTO acceptances (device_id, version, signer, signed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  ),
  accepted: database.prepare(
    `UPDATE devices SET accepted_agreement = (
       SELECT coalesce(max(version), 0) FROM counting_acceptances AS accepted
       WHERE accepted.device_id = devices.device_id
     ) WHERE device_id = ?`,
  ),
  everyAccepted: database.prepare(
    `UPDATE devices SET accepted_agreement = (
       SELECT coalesce(max(version), 0) FROM counting_acceptances AS accepted
       WHERE accepted.device_id = devices.device_id
     ) WHERE device_id IN (SELECT device_id FROM acceptances)`,
  ),
  policy: database.prepare("SELECT * FROM counting_policies ORDER BY version DESC LIMIT 1"),
  addPolicy: database.prepare(
    `INSERT INTO policies (version, signer, private_allowed, signed)
     SELECT @version, @signer, @privateAllowed, @signed
     WHERE EXISTS (SELECT 1 FROM rule_keys WHERE role = 'policy' AND key = @signer)
     AND NOT EXISTS (SELECT 1 FROM counting_policies WHERE version >= @version)`,
  ),
  orders: database.prepare(
    "SELECT * FROM counting_orders WHERE device_id = ? AND sequence > ? ORDER BY sequence LIMIT 1000",
  ),
  everyOrder: database.prepare("SELECT * FROM orders WHERE device_id = ? AND sequence = ?"),
  lastOrder: database.prepare(
    "SELECT sequence, kind FROM counting_orders WHERE device_id = ? ORDER BY sequence DESC LIMIT 1",
  ),
  ordered: database.prepare(
    "SELECT device_id, locked FROM devices WHERE device_id IN (SELECT device_id FROM orders)",
  ),
  addOrder: database.prepare(
    `INSERT INTO orders (device_id, sequence, signer, kind, signed)
     SELECT @deviceId, @sequence, @signer, @kind, @signed
     WHERE EXISTS (SELECT 1 FROM rule_keys WHERE role = 'revocation' AND key = @signer)
     AND NOT EXISTS (SELECT 1 FROM counting_orders WHERE device_id = @deviceId AND sequence >= @sequence)`,
  ),
  addReceipt: database.prepare(
    "UPDATE orders SET receipt = ? WHERE device_id = ? AND sequence = ? AND signer = ?",
  ),
  lock: database.prepare(
    "UPDATE devices SET locked = 1, signed_out_at = max(signed_out_at, ?) WHERE device_id = ?",
  ),
  unlock: database.prepare("UPDATE devices SET locked = 0 WHERE device_id = ?"),
});
