/**
 * What holds on this device of all that it was ever told. Kept is the evidence, for each key that has signed; what holds
 * follows from it and the newest manifest when somebody asks (docs/adr/0022). What a key signed that the root has struck out
 * since stands before nothing: neither as a rule nor by its number. Pure.
 */
import { toHex } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import type { DeviceClass } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { stateAfter } from "@nimes/protocol/signed/orders";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { ClassPolicy, Policy } from "@nimes/protocol/signed/policy";
import { defaultPolicy } from "@nimes/protocol/signed/policy";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";

/** An order that was carried out, and verified before. */
export type CarriedOut = { sequence: number; kind: OrderKind; reason: string };
/** Versions of the usage agreement by one key; 0 = none. `seen`: the highest that was in force by the own clock. */
export type AgreementsOf = { seen: number; accepted: number };

/** Everything by the public key that has signed it, hexadecimal. */
export type Evidence = {
  deviceClass: DeviceClass;
  /** The newest of each policy key. */
  policies: Readonly<Record<string, Policy>>;
  agreements: Readonly<Record<string, AgreementsOf>>;
  /** The last of each revocation key. */
  orders: Readonly<Record<string, CarriedOut>>;
};

export type InForce = {
  /** The newest policy; undefined before the first. */
  policy?: Policy;
  /** What it says for this class of device. */
  rules: ClassPolicy;
  privateDevicesAllowed: boolean;
  /** Sequence of the last order that was carried out. */
  lastOrder: number;
  /** Locked by order: what it said. */
  lockedBy?: string;
  seenAgreement: number;
  acceptedAgreement: number;
};

export function inForce(
  evidence: Evidence,
  { policyKeys, revocationKeys }: Pick<OrgManifest, "policyKeys" | "revocationKeys">,
): InForce {
  const policy = byNumber(countingOf(evidence.policies, policyKeys), ({ version }) => version);
  const order = byNumber(countingOf(evidence.orders, revocationKeys), ({ sequence }) => sequence);
  const agreements = countingOf(evidence.agreements, policyKeys);
  return {
    ...(policy && { policy }),
    rules: (policy ?? defaultPolicy)[evidence.deviceClass],
    privateDevicesAllowed: (policy ?? defaultPolicy).privateDevicesAllowed,
    lastOrder: order?.sequence ?? 0,
    // One that wipes never comes here: then nothing is left that could be locked.
    ...(order && stateAfter(order.kind) === "locked" && { lockedBy: order.reason }),
    seenAgreement: Math.max(0, ...agreements.map(({ seen }) => seen)),
    acceptedAgreement: Math.max(0, ...agreements.map(({ accepted }) => accepted)),
  };
}

const countingOf = <Value>(
  signed: Readonly<Record<string, Value>>,
  keys: readonly Uint8Array[],
): readonly Value[] => keys.map((key) => signed[toHex(key)]).filter((value) => value !== undefined);

const byNumber = <Value>(values: readonly Value[], numberOf: (value: Value) => number): Value | undefined =>
  values.toSorted((a, b) => numberOf(a) - numberOf(b)).at(-1);

export const withPolicy = (evidence: Evidence, signer: Uint8Array, policy: Policy) => ({
  policies: { ...evidence.policies, [toHex(signer)]: policy },
});

export const withOrder = (evidence: Evidence, signer: Uint8Array, order: CarriedOut) => ({
  orders: { ...evidence.orders, [toHex(signer)]: order },
});

/** A version that is not in force yet keeps out none that is. */
export const withSeen = (
  evidence: Evidence,
  { agreement, signer }: { agreement: Pick<UsageAgreement, "version" | "validFrom">; signer: Uint8Array },
  now: number,
) =>
  agreement.validFrom <= now + limits.clockToleranceMs
    ? withAgreement(evidence, signer, { seen: agreement.version })
    : { agreements: evidence.agreements };

export const withAccepted = (evidence: Evidence, signer: Uint8Array, version: number) =>
  withAgreement(evidence, signer, { accepted: version });

function withAgreement(evidence: Evidence, signer: Uint8Array, news: Partial<AgreementsOf>) {
  const { seen, accepted } = evidence.agreements[toHex(signer)] ?? { seen: 0, accepted: 0 };
  const next = {
    seen: Math.max(seen, news.seen ?? 0),
    accepted: Math.max(accepted, news.accepted ?? 0),
  };
  return { agreements: { ...evidence.agreements, [toHex(signer)]: next } };
}
