/**
 * What a device learns of the server before it shows anything (TESTS C6): orders, which it verifies and carries out at
 * once, policy, agreement, and how many tries are left. Step one is enough for it.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { atMost, weigh } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { agreementHash, orderHash } from "@nimes/protocol/signed/hashes";
import { followsOrder, stateAfter } from "@nimes/protocol/signed/orders";
import { signStructure, webCryptoSigner } from "@nimes/protocol/signed/signed";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { Outside, OutsideState } from "../capsule/outside.ts";
import type { InForce } from "../core/in-force.ts";
import { inForce, withAccepted, withOrder, withPolicy, withSeen } from "../core/in-force.ts";
import type { Misfit } from "../nimes-client.ts";
import { StoreFull } from "../ports/store.ts";
import type { CallAnswer } from "../services/connection/server-calls.ts";
import type { Session } from "../services/connection/session.ts";
import { misfitOf } from "../services/connection/session.ts";
import type { Organisation } from "../services/people/organisation.ts";
import { heardOf } from "./passkey-notices.ts";
import type { Sending } from "./pin-login.ts";
import { sendAgain } from "./pin-login.ts";
import type { SignedAgreement, VerifiedOrder } from "./read-orders.ts";
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
  /** The same after a hint: an answer that was under way may be older than what the hint tells of, and is not taken for it. */
  afresh(): Promise<Contacted>;
  /** A newer agreement than the one that was accepted. */
  agreement(): UsageAgreement | undefined;
  accept(version: number): Promise<Result<void>>;
  /** As the server last said; `waitUntil` by the own clock. */
  tries(): { triesLeft?: number; waitUntil?: number };
  /** Whether app and server fit, as the server last said. */
  misfit(): Misfit | undefined;
  /** How the own clock compared with the server's. */
  clock(): { clockAheadMs?: number };
};

type DeviceState = CallAnswer<typeof routes.getDeviceState>;

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
  let misfit: Misfit | undefined;
  let compared: ReturnType<Contact["clock"]> = {};
  let offered: SignedAgreement | undefined;
  let asking: Promise<Contacted> | undefined;
  let askingNext: Promise<Contacted> | undefined;
  let looked = false;
  const holds = (): InForce => inForce(outside.state(), organisation.current().manifest);

  const counts = (role: "policyKeys" | "revocationKeys", signer: Uint8Array): boolean =>
    organisation.current().manifest[role].some((key) => equalBytes(key, signer));

  const askOnce = (): Promise<Result<DeviceState>> => {
    const query = { orderAfter: String(holds().lastOrder) };
    return sendAgain(needs, () => session.call(routes.getDeviceState, { query }));
  };

  /** Once for each contact: whoever shows a hundred orders of unknown keys has the manifests fetched once. */
  async function lookForNewer(): Promise<boolean> {
    if (looked) return false;
    looked = true;
    const synced = await organisation.sync();
    return synced.ok && synced.value === "newer";
  }

  /** A newer manifest says whose orders count, and so which is the last one: then it is asked once more. */
  async function askServer(): Promise<Result<DeviceState>> {
    const answer = await askOnce();
    const isNewer =
      answer.ok && weigh(answer.value.organisationVersion) > organisation.current().head.version;
    if (!isNewer) return answer;
    return (await lookForNewer()) ? askOnce() : answer;
  }

  async function ask(): Promise<Contacted> {
    looked = false;
    const answer = await askServer();
    // Silence says nothing about it.
    if (answer.ok || answer.code !== "no-network") misfit = answer.ok ? undefined : misfitOf(answer.code);
    if (!answer.ok) {
      if (answer.code === "device-ended") return { outcome: "ended" };
      if (answer.code === "capsule-destroyed") return { outcome: "destroyed" };
      return { outcome: "unreachable", code: answer.code };
    }
    const state = answer.value;
    // Shown, and nothing else.
    compared = { clockAheadMs: clock.now() - weigh(state.serverTime) };
    const orders = await ordersIn(state);
    const wipe = orders.findLast(({ order }) => stateAfter(order.kind) === "wiped");
    if (wipe) return { outcome: "wiped", reason: wipe.order.reason, receipt: await receiptFor(wipe) };
    await keep(state, orders).catch((error: unknown) => {
      // Without space nothing was changed, and the next contact says it again; an order has to be written down.
      if (!(error instanceof StoreFull) || orders.length > 0) throw error;
    });
    const waitMs = atMost(limits.maxPinPauseMs, state.waitMs);
    tries = {
      triesLeft: atMost(limits.pinTries, state.triesLeft),
      ...(waitMs > 0 && { waitUntil: clock.now() + waitMs }),
    };
    await sendReceipts();
    return { outcome: "fine" };
  }

  async function keep(state: DeviceState, orders: readonly VerifiedOrder[]): Promise<void> {
    await takePolicy(state);
    await takeAgreement(state);
    const receipts = await Promise.all(orders.map(receiptFor));
    const now = clock.now();
    const { manifest } = organisation.current();
    await outside.change((before) => {
      const after = carriedOut(before, orders, receipts);
      return heardOf(withTimes(after, inForce(after, manifest), now), state.passkeys, { deviceId, now });
    });
  }

  /** Verified ones that are newer than the last, in order. */
  async function ordersIn({ orders }: DeviceState): Promise<VerifiedOrder[]> {
    const verified: VerifiedOrder[] = [];
    for (const signed of orders) {
      const order = await verify(() => readOrder(organisation.current(), deviceId, signed));
      if (order.ok) verified.push(order.value);
    }
    // Another order may have brought a manifest that strikes out who has signed one before it.
    const counting = verified.filter(({ signer }) => counts("revocationKeys", signer));
    return inOrder(counting, holds().lastOrder);
  }

  /** A key that is not known may stand in a manifest that has come since. */
  async function verify<T>(read: () => Promise<Result<T>>): Promise<Result<T>> {
    const first = await read();
    if (first.ok || first.code !== "wrong-signer") return first;
    return (await lookForNewer()) ? read() : first;
  }

  async function receiptFor({ order, signed }: VerifiedOrder): Promise<Signed> {
    const { orgId, sequence, kind } = order;
    const receipt = { orgId, deviceId, order: orderHash(signed.payload), sequence, kind, time: clock.now() };
    return signStructure("OrderReceipt", receipt, [await webCryptoSigner(deviceKeys)]);
  }

  /** Versions only rise, among the keys that count: an older one that the server shows again changes nothing. */
  async function takePolicy({ policy: signed }: DeviceState): Promise<void> {
    const read = signed && (await verify(() => readPolicy(organisation.current(), signed)));
    if (!read?.ok || read.value.policy.version <= (holds().policy?.version ?? 0)) return;
    const { policy, signer } = read.value;
    await outside.change((state) => ({ ...state, ...withPolicy(state, signer, policy) }));
  }

  /**
   * As with the policy, an older one than was seen changes nothing. One that was accepted here and never came to the server,
   * because it lied or was set back, is asked about again: without it the server opens nothing.
   */
  async function takeAgreement({ agreement: signed, acceptedAgreement }: DeviceState): Promise<void> {
    const read = signed && (await verify(() => readAgreement(organisation.current(), signed)));
    const before = holds();
    offered = undefined;
    if (!read?.ok || read.value.agreement.version < before.seenAgreement) return;
    if (read.value.agreement.version > before.seenAgreement)
      await outside.change((state) => ({ ...state, ...withSeen(state, read.value, clock.now()) }));
    const accepted = Math.min(before.acceptedAgreement, acceptedAgreement);
    if (read.value.agreement.version > accepted) offered = read.value;
  }

  /** Unless its key has been struck out since. */
  function offeredNow(): SignedAgreement | undefined {
    return offered && counts("policyKeys", offered.signer) ? offered : undefined;
  }

  async function sendReceipts(): Promise<void> {
    for (const receipt of outside.state().receiptsDue) {
      const sent = await session.call(routes.postOrderReceipt, { body: { deviceId, receipt } });
      if (!sent.ok && sent.code === "no-network") return;
      // What the server does not know must not keep back what comes behind it.
      if (!sent.ok) continue;
      await outside.change((state) => ({
        ...state,
        receiptsDue: state.receiptsDue.filter((due) => due !== receipt),
      }));
    }
  }

  function now(): Promise<Contacted> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    now,
    afresh() {
      if (!asking) return now();
      const next = (): Promise<Contacted> => {
        askingNext = undefined;
        return now();
      };
      askingNext ??= asking.then(next, next);
      return askingNext;
    },
    agreement: () => offeredNow()?.agreement,
    async accept(version) {
      const asked = offeredNow();
      if (asked?.agreement.version !== version) return refuse("outdated");
      const acceptance = {
        orgId: organisation.current().orgId,
        deviceId,
        version,
        agreement: agreementHash(asked.signed.payload),
        time: clock.now(),
      };
      const body = await signStructure("AgreementAcceptance", acceptance, [
        await webCryptoSigner(deviceKeys),
      ]);
      const accepted = await session.call(routes.postAgreementAcceptance, { body });
      if (!accepted.ok) return accepted;
      await outside.change((state) => ({ ...state, ...withAccepted(state, asked.signer, version) }));
      offered = undefined;
      return ok(undefined);
    },
    tries: () => tries,
    misfit: () => misfit,
    clock: () => compared,
  };
}

/** Each of those that follow one another, lowest first (K4). */
function inOrder(orders: readonly VerifiedOrder[], last: number): VerifiedOrder[] {
  let reached = last;
  return orders
    .toSorted((a, b) => a.order.sequence - b.order.sequence)
    .filter(({ order }) => {
      if (!followsOrder(order, reached)) return false;
      reached = Math.max(reached, order.sequence);
      return true;
    });
}

function carriedOut(
  before: OutsideState,
  orders: readonly VerifiedOrder[],
  receipts: readonly Signed[],
): OutsideState {
  let state: OutsideState = { ...before, receiptsDue: [...before.receiptsDue, ...receipts] };
  for (const { order, signer } of orders) {
    const { sequence, kind, reason } = order;
    state = { ...state, ...withOrder(state, signer, { sequence, kind, reason }) };
  }
  return state;
}

/** Where the rules do not allow opening without network, nobody needs to know when the server last answered. */
function withTimes(
  { lastContact: _, latestClock = 0, ...state }: OutsideState,
  { rules }: InForce,
  now: number,
): OutsideState {
  if (rules.offlineOpeningMs === 0) return state;
  return { ...state, lastContact: now, latestClock: Math.max(latestClock, now) };
}
