/**
 * What a device learns of the server before it shows anything (TESTS C6): orders, which it verifies and carries out at
 * once, policy, agreement, and how many tries are left. Step one is enough for it.
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { agreementHash, orderHash } from "@nimes/protocol/signed/hashes";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { defaultPolicy } from "@nimes/protocol/signed/policy";
import { signStructure, webCryptoSigner } from "@nimes/protocol/signed/signed";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { Outside, OutsideState } from "../capsule/outside.ts";
import type { Organisation } from "../services/organisation.ts";
import type { CallAnswer } from "../services/server-calls.ts";
import type { Session } from "../services/session.ts";
import type { Sending } from "./pin-login.ts";
import { sendAgain } from "./pin-login.ts";
import type { VerifiedOrder } from "./read-orders.ts";
import { readAgreement, readOrder, readPolicy } from "./read-orders.ts";

export type Contacted =
  | { outcome: "fine" }
  /** An order says so; the receipt is to be sent when it is done. */
  | { outcome: "wiped"; reason: string; receipt: Signed }
  /** The server has destroyed its half. */
  | { outcome: "destroyed" }
  | { outcome: "ended" }
  | { outcome: "unreachable"; code: ErrorCode };

export type Contact = {
  /** Asks the server; whoever asks meanwhile gets the same answer. */
  now(): Promise<Contacted>;
  /** A newer agreement than the one that was accepted. */
  agreement(): UsageAgreement | undefined;
  accept(version: number): Promise<Result<void>>;
  /** As the server last said; `waitUntil` by the own clock. */
  tries(): { triesLeft?: number; waitUntil?: number };
  /** How the own clock compared with the server's. */
  clock(): { clockAheadMs?: number };
};

type DeviceState = CallAnswer<typeof routes.getDeviceState>;

export const policyOf = ({
  policy,
  deviceClass,
}: Pick<OutsideState, "policy" | "deviceClass">): ClassPolicy => (policy ?? defaultPolicy)[deviceClass];

export function createContact(
  needs: {
    outside: Outside;
    organisation: Organisation;
    /** Of step one. */
    session: Session;
  } & Sending,
): Contact {
  const { outside, organisation, session, clock } = needs;
  const { deviceId, deviceKeys } = outside.device;
  let tries: ReturnType<Contact["tries"]> = {};
  let compared: ReturnType<Contact["clock"]> = {};
  let offered: { agreement: UsageAgreement; signed: Signed } | undefined;
  let asking: Promise<Contacted> | undefined;

  async function ask(): Promise<Contacted> {
    const query = { orderAfter: String(outside.state().lastOrder) };
    const answer = await sendAgain(needs, () => session.call(routes.getDeviceState, { query }));
    if (!answer.ok) {
      if (answer.code === "device-ended") return { outcome: "ended" };
      if (answer.code === "capsule-destroyed") return { outcome: "destroyed" };
      return { outcome: "unreachable", code: answer.code };
    }
    const state = answer.value;
    compared = { clockAheadMs: clock.now() - state.serverTime };
    const orders = await ordersIn(state);
    const wipe = orders.findLast(({ order }) => order.kind === "wipe");
    if (wipe) return { outcome: "wiped", reason: wipe.order.reason, receipt: await receiptFor(wipe) };
    await takePolicy(state);
    await takeAgreement(state);
    const receipts = await Promise.all(orders.map(receiptFor));
    await outside.change((before) => afterContact(carriedOut(before, orders, receipts), clock.now()));
    tries = {
      triesLeft: state.triesLeft,
      ...(state.waitMs > 0 && { waitUntil: clock.now() + state.waitMs }),
    };
    await sendReceipts();
    return { outcome: "fine" };
  }

  /** Verified ones that are newer than the last, in order. */
  async function ordersIn({ orders }: DeviceState): Promise<VerifiedOrder[]> {
    const verified: VerifiedOrder[] = [];
    for (const signed of orders) {
      const order = await verify(() => readOrder(organisation.current(), deviceId, signed));
      if (order.ok) verified.push(order.value);
    }
    const fresh = verified.filter(({ order }) => order.sequence > outside.state().lastOrder);
    return fresh.sort((a, b) => a.order.sequence - b.order.sequence);
  }

  /** A key that is not known may stand in a manifest that has come since. */
  async function verify<T>(read: () => Promise<Result<T>>): Promise<Result<T>> {
    const first = await read();
    if (first.ok || first.code !== "wrong-signer") return first;
    const synced = await organisation.sync();
    return synced.ok && synced.value === "newer" ? read() : first;
  }

  async function receiptFor({ order, signed }: VerifiedOrder): Promise<Signed> {
    const { orgId, sequence, kind } = order;
    const receipt = { orgId, deviceId, order: orderHash(signed.payload), sequence, kind, time: clock.now() };
    return signStructure("OrderReceipt", receipt, [await webCryptoSigner(deviceKeys)]);
  }

  /** Versions only rise: an older one that the server shows again changes nothing. */
  async function takePolicy({ policy: signed }: DeviceState): Promise<void> {
    const policy = signed && (await verify(() => readPolicy(organisation.current(), signed)));
    if (!policy?.ok || policy.value.version <= (outside.state().policy?.version ?? 0)) return;
    await outside.change((state) => ({ ...state, policy: policy.value }));
  }

  async function takeAgreement({ agreement: signed, passkey }: DeviceState): Promise<void> {
    const read = signed && (await verify(() => readAgreement(organisation.current(), signed)));
    const isNew = read?.ok && read.value.version > outside.state().acceptedAgreement;
    offered = signed && isNew ? { agreement: read.value, signed } : undefined;
    // A passkey that the server does not know any more opens nothing.
    if (!passkey && outside.state().passkey) await outside.change(({ passkey: _, ...state }) => state);
  }

  async function sendReceipts(): Promise<void> {
    for (const receipt of outside.state().receiptsDue) {
      const sent = await session.call(routes.postOrderReceipt, { body: { deviceId, receipt } });
      if (!sent.ok) return;
      await outside.change((state) => ({
        ...state,
        receiptsDue: state.receiptsDue.filter((due) => due !== receipt),
      }));
    }
  }

  return {
    now() {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    agreement: () => offered?.agreement,
    async accept(version) {
      if (offered?.agreement.version !== version) return refuse("outdated");
      const acceptance = {
        orgId: organisation.current().orgId,
        deviceId,
        version,
        agreement: agreementHash(offered.signed.payload),
        time: clock.now(),
      };
      const body = await signStructure("AgreementAcceptance", acceptance, [
        await webCryptoSigner(deviceKeys),
      ]);
      const accepted = await session.call(routes.postAgreementAcceptance, { body });
      if (!accepted.ok) return accepted;
      await outside.change((state) => ({ ...state, acceptedAgreement: version }));
      offered = undefined;
      return ok(undefined);
    },
    tries: () => tries,
    clock: () => compared,
  };
}

function carriedOut(
  before: OutsideState,
  orders: readonly VerifiedOrder[],
  receipts: readonly Signed[],
): OutsideState {
  let state: OutsideState = { ...before, receiptsDue: [...before.receiptsDue, ...receipts] };
  for (const { order } of orders) {
    const { lockedBy: _, ...unlocked } = state;
    state = { ...unlocked, lastOrder: order.sequence };
    if (order.kind === "lock") state.lockedBy = order.reason;
  }
  return state;
}

const afterContact = (state: OutsideState, now: number): OutsideState => ({
  ...state,
  lastContact: now,
  latestClock: Math.max(state.latestClock, now),
});
