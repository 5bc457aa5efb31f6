/** Agreement, policy and orders in memory. */
import type { DeviceId } from "@nimes/protocol/ids";
import type { AgreementRow, OrderRow, PolicyRow, RulesStore } from "../ports/rules-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

export function memoryRulesStore(state: MemoryState): RulesStore {
  const agreements: AgreementRow[] = [];
  const policies: PolicyRow[] = [];
  const orders: (OrderRow & { deviceId: DeviceId })[] = [];
  const isHighest = (known: readonly { version: number }[], version: number): boolean =>
    known.every((row) => row.version < version);

  return {
    newestAgreement: async () => agreements.at(-1),
    agreementAt: async (time) => agreements.findLast(({ validFrom }) => validFrom <= time),
    agreement: async (version) => agreements.find((row) => row.version === version),
    async addAgreement(agreement) {
      if (!isHighest(agreements, agreement.version)) return false;
      agreements.push(agreement);
      return true;
    },
    async accept(deviceId, version) {
      const acceptedAgreement = Math.max(version, state.devices.get(deviceId)?.acceptedAgreement ?? 0);
      changeDevice(state, deviceId, { acceptedAgreement });
    },
    policy: async () => policies.at(-1),
    async addPolicy(policy) {
      if (!isHighest(policies, policy.version)) return false;
      policies.push(policy);
      return true;
    },
    orders: async (deviceId, after) =>
      orders
        .filter((order) => order.deviceId === deviceId && order.sequence > after)
        .map(({ deviceId: _, ...order }) => order),
    async addOrder(deviceId, { at, ...order }) {
      if (orders.some((known) => known.deviceId === deviceId && known.sequence >= order.sequence))
        return false;
      orders.push({ ...order, deviceId });
      if (order.kind === "wipe") state.wiped.add(deviceId);
      const signedOutAt = Math.max(at, state.devices.get(deviceId)?.signedOutAt ?? 0);
      changeDevice(
        state,
        deviceId,
        order.kind === "unlock" ? { locked: false } : { locked: true, signedOutAt },
      );
      return true;
    },
    async addReceipt(deviceId, sequence, receipt) {
      const order = orders.find((known) => known.deviceId === deviceId && known.sequence === sequence);
      if (order) order.receipt = receipt;
    },
  };
}
