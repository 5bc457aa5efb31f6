/**
 * What the organisation orders: usage agreement, policy, orders to devices, and what devices answered. As signed. What a
 * key has signed that the newest manifest does not name is kept, and counts no more (docs/adr/0022): unless it says
 * otherwise, nothing here answers with it, and numbers rise among what counts.
 */
import type { DeviceId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";

export type AgreementRow = { version: number; signer: Uint8Array; validFrom: number; signed: Signed };
export type PolicyRow = { version: number; signer: Uint8Array; privateAllowed: boolean; signed: Signed };
export type OrderRow = {
  sequence: number;
  signer: Uint8Array;
  kind: OrderKind;
  signed: Signed;
  receipt?: Signed;
};

/** Whose signatures count. */
export type RuleKeys = Pick<OrgManifest, "policyKeys" | "revocationKeys">;
/** What other keys than before change. `locked`: devices that were open. */
export type RulesRejudged = { changed: boolean; locked: DeviceId[] };

export type RulesStore = {
  /**
   * Says whose signatures count from now on. A device is locked or open by its last order that counts, and has accepted
   * what counts of what it once accepted.
   * @param at milliseconds; whoever is locked by it has no token issued up to then.
   */
  judgeKeys(keys: RuleKeys, at: number): Promise<RulesRejudged>;
  newestAgreement(): Promise<AgreementRow | undefined>;
  /** The newest that is in force at `time`. */
  agreementAt(time: number): Promise<AgreementRow | undefined>;
  agreement(version: number): Promise<AgreementRow | undefined>;
  /** @returns false unless its version is the highest and its signer counts. */
  addAgreement(agreement: AgreementRow): Promise<boolean>;
  /** @param acceptance signed by the device; the first one is its genesis. */
  accept(
    deviceId: DeviceId,
    agreement: Pick<AgreementRow, "version" | "signer">,
    acceptance: Signed,
  ): Promise<void>;
  policy(): Promise<PolicyRow | undefined>;
  /** @returns false unless its version is the highest and its signer counts. */
  addPolicy(policy: PolicyRow): Promise<boolean>;
  orders(deviceId: DeviceId, after: number): Promise<OrderRow[]>;
  /** Those with this number, also of keys that count no more: a receipt for one may still come. */
  everyOrder(deviceId: DeviceId, sequence: number): Promise<OrderRow[]>;
  /** Sequence of the newest order; undefined before the first. */
  lastOrder(deviceId: DeviceId): Promise<number | undefined>;
  /**
   * Keeps an order and locks or unlocks the device, in one transaction.
   * @param order.at milliseconds; a lock ends the tokens issued up to then.
   * @returns false unless its sequence is the highest of this device and its signer counts.
   */
  addOrder(deviceId: DeviceId, order: Omit<OrderRow, "receipt"> & { at: number }): Promise<boolean>;
  addReceipt(
    deviceId: DeviceId,
    order: Pick<OrderRow, "sequence" | "signer">,
    receipt: Signed,
  ): Promise<void>;
};
