/** What the organisation orders: usage agreement, policy, orders to devices, and what devices answered. As signed. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";

export type AgreementRow = { version: number; validFrom: number; signed: Signed };
export type PolicyRow = { version: number; privateAllowed: boolean; signed: Signed };
export type OrderRow = { sequence: number; kind: OrderKind; signed: Signed; receipt?: Signed };

export type RulesStore = {
  newestAgreement(): Promise<AgreementRow | undefined>;
  /** The newest that counts at `time`. */
  agreementAt(time: number): Promise<AgreementRow | undefined>;
  agreement(version: number): Promise<AgreementRow | undefined>;
  /** @returns false unless its version is the highest. */
  addAgreement(agreement: AgreementRow): Promise<boolean>;
  accept(deviceId: DeviceId, version: number, acceptance: Signed): Promise<void>;
  policy(): Promise<PolicyRow | undefined>;
  /** @returns false unless its version is the highest. */
  addPolicy(policy: PolicyRow): Promise<boolean>;
  orders(deviceId: DeviceId, after: number): Promise<OrderRow[]>;
  /**
   * Keeps an order and locks or unlocks the device, in one transaction.
   * @param order.at milliseconds; a lock ends the tokens issued up to then.
   * @returns false unless its sequence is the highest of this device.
   */
  addOrder(deviceId: DeviceId, order: Omit<OrderRow, "receipt"> & { at: number }): Promise<boolean>;
  addReceipt(deviceId: DeviceId, sequence: number, receipt: Signed): Promise<void>;
};
