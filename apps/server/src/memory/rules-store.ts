/** Agreement, policy and orders in memory. */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";
import { stateAfter } from "@nimes/protocol/signed/orders";
import type { AgreementRow, OrderRow, PolicyRow, RuleKeys, RulesStore } from "../ports/rules-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

type Acceptance = Pick<AgreementRow, "version" | "signer"> & { deviceId: DeviceId };

export function memoryRulesStore(state: MemoryState): RulesStore {
  const everyAgreement: AgreementRow[] = [];
  const everyPolicy: PolicyRow[] = [];
  const everyOrder: (OrderRow & { deviceId: DeviceId })[] = [];
  const acceptances: Acceptance[] = [];
  let keys: RuleKeys = { policyKeys: [], revocationKeys: [] };

  const countsAs = (role: keyof RuleKeys, signer: Uint8Array): boolean =>
    keys[role].some((key) => equalBytes(key, signer));
  const ofPolicyKeys = <Row extends { signer: Uint8Array; version: number }>(rows: readonly Row[]): Row[] =>
    rows.filter(({ signer }) => countsAs("policyKeys", signer)).sort((a, b) => a.version - b.version);
  const isNext = (counting: readonly { version: number }[], { version, signer }: AgreementRow | PolicyRow) =>
    countsAs("policyKeys", signer) && counting.every((row) => row.version < version);
  const ordersOf = (deviceId: DeviceId) =>
    everyOrder
      .filter((order) => order.deviceId === deviceId && countsAs("revocationKeys", order.signer))
      .sort((a, b) => a.sequence - b.sequence);

  function judgeAcceptances(deviceId: DeviceId): void {
    const accepted = ofPolicyKeys(acceptances.filter((one) => one.deviceId === deviceId));
    changeDevice(state, deviceId, { acceptedAgreement: accepted.at(-1)?.version ?? 0 });
  }
  /** @returns whether the device is locked by it, and was not. */
  function judgeOrders(deviceId: DeviceId, at: number): boolean {
    const states = ordersOf(deviceId).map(({ kind }) => stateAfter(kind));
    if (states.includes("wiped")) state.wiped.add(deviceId);
    else state.wiped.delete(deviceId);
    const { locked = false, signedOutAt = 0 } = state.devices.get(deviceId) ?? {};
    const isLocked = (states.at(-1) ?? "open") !== "open";
    changeDevice(state, deviceId, {
      locked: isLocked,
      ...(isLocked && { signedOutAt: Math.max(at, signedOutAt) }),
    });
    return isLocked && !locked;
  }

  return {
    async judgeKeys(next, at) {
      const named = ({ policyKeys, revocationKeys }: RuleKeys): string =>
        JSON.stringify([policyKeys.map(toHex).sort(), revocationKeys.map(toHex).sort()]);
      if (named(next) === named(keys)) return { changed: false, locked: [] };
      keys = next;
      for (const deviceId of new Set(acceptances.map((one) => one.deviceId))) judgeAcceptances(deviceId);
      const ordered = [...new Set(everyOrder.map(({ deviceId }) => deviceId))];
      return { changed: true, locked: ordered.filter((deviceId) => judgeOrders(deviceId, at)) };
    },
    newestAgreement: async () => ofPolicyKeys(everyAgreement).at(-1),
    agreementAt: async (time) => ofPolicyKeys(everyAgreement).findLast(({ validFrom }) => validFrom <= time),
    agreement: async (version) => ofPolicyKeys(everyAgreement).find((row) => row.version === version),
    async addAgreement(agreement) {
      if (!isNext(ofPolicyKeys(everyAgreement), agreement)) return false;
      everyAgreement.push(agreement);
      return true;
    },
    async accept(deviceId, { version, signer }) {
      acceptances.push({ deviceId, version, signer });
      judgeAcceptances(deviceId);
    },
    policy: async () => ofPolicyKeys(everyPolicy).at(-1),
    async addPolicy(policy) {
      if (!isNext(ofPolicyKeys(everyPolicy), policy)) return false;
      everyPolicy.push(policy);
      return true;
    },
    orders: async (deviceId, after) =>
      ordersOf(deviceId)
        .filter(({ sequence }) => sequence > after)
        .map(({ deviceId: _, ...order }) => order),
    everyOrder: async (deviceId, sequence) =>
      everyOrder
        .filter((order) => order.deviceId === deviceId && order.sequence === sequence)
        .map(({ deviceId: _, ...order }) => order),
    lastOrder: async (deviceId) => ordersOf(deviceId).at(-1)?.sequence,
    async addOrder(deviceId, { at, ...order }) {
      const isHighest = ordersOf(deviceId).every(({ sequence }) => sequence < order.sequence);
      if (!isHighest || !countsAs("revocationKeys", order.signer)) return false;
      everyOrder.push({ ...order, deviceId });
      judgeOrders(deviceId, at);
      return true;
    },
    async addReceipt(deviceId, { sequence, signer }, receipt) {
      const order = everyOrder.find(
        (one) => one.deviceId === deviceId && one.sequence === sequence && equalBytes(one.signer, signer),
      );
      if (order) order.receipt = receipt;
    },
  };
}
