/**
 * What the organisation tells one device, verified before anything follows from it (TESTS K4): orders by a revocation
 * key, policy and agreement by a policy key, each for this organisation, and orders for this device alone.
 */
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { equalBytes } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { Order, orderSignedType } from "@nimes/protocol/signed/orders";
import { Policy } from "@nimes/protocol/signed/policy";
import type { SignedType } from "@nimes/protocol/signed/signature";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { Static, TSchema } from "typebox";

export type VerifiedOrder = { order: Order; signer: Uint8Array; signed: Signed };
export type SignedAgreement = { agreement: UsageAgreement; signer: Uint8Array; signed: Signed };

/** @returns `wrong-signer` also for an order to another device, or of another organisation. */
export async function readOrder(
  organisation: VerifiedOrganisation,
  deviceId: DeviceId,
  signed: Signed,
): Promise<Result<VerifiedOrder>> {
  const claimed = peekSigned(Order, signed);
  if (!claimed.ok) return claimed;
  const opened = await openByOneOf(organisation.manifest.revocationKeys, {
    type: orderSignedType[claimed.value.kind],
    schema: Order,
    signed,
  });
  if (!opened.ok) return opened;
  const { said: order, signer } = opened.value;
  const isMine = order.orgId === organisation.orgId && order.deviceId === deviceId;
  return isMine ? ok({ order, signer, signed }) : refuse("wrong-signer");
}

export async function readPolicy(
  organisation: VerifiedOrganisation,
  signed: Signed,
): Promise<Result<{ policy: Policy; signer: Uint8Array }>> {
  const opened = await openByOneOf(organisation.manifest.policyKeys, {
    type: "Policy",
    schema: Policy,
    signed,
  });
  if (!opened.ok) return opened;
  const { said: policy, signer } = opened.value;
  return policy.orgId === organisation.orgId ? ok({ policy, signer }) : refuse("wrong-signer");
}

export async function readAgreement(
  organisation: VerifiedOrganisation,
  signed: Signed,
): Promise<Result<SignedAgreement>> {
  const opened = await openByOneOf(organisation.manifest.policyKeys, {
    type: "UsageAgreement",
    schema: UsageAgreement,
    signed,
  });
  if (!opened.ok) return opened;
  const { said: agreement, signer } = opened.value;
  const isOurs = agreement.orgId === organisation.orgId;
  return isOurs ? ok({ agreement, signer, signed }) : refuse("wrong-signer");
}

type What<Schema extends TSchema> = { type: SignedType; schema: Schema; signed: Signed };

/** Verifies with whichever of the keys has signed. @returns also which it was. */
async function openByOneOf<Schema extends TSchema>(
  keys: readonly Uint8Array[],
  { type, schema, signed }: What<Schema>,
): Promise<Result<{ said: Static<Schema>; signer: Uint8Array }>> {
  const signer = keys.find((one) => signed.signatures.some((by) => equalBytes(by.key, one)));
  if (!signer) return refuse("wrong-signer");
  const opened = await openSigned(type, schema, signed, [signer]);
  return opened.ok ? ok({ said: opened.value, signer }) : opened;
}
