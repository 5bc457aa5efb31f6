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

export type VerifiedOrder = { order: Order; signed: Signed };

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
  const order = opened.value;
  const isMine = order.orgId === organisation.orgId && order.deviceId === deviceId;
  return isMine ? ok({ order, signed }) : refuse("wrong-signer");
}

export const readPolicy = (organisation: VerifiedOrganisation, signed: Signed): Promise<Result<Policy>> =>
  ofThis(organisation, { type: "Policy", schema: Policy, signed });

export const readAgreement = (
  organisation: VerifiedOrganisation,
  signed: Signed,
): Promise<Result<UsageAgreement>> =>
  ofThis(organisation, { type: "UsageAgreement", schema: UsageAgreement, signed });

type What<Schema extends TSchema> = { type: SignedType; schema: Schema; signed: Signed };

async function ofThis<Schema extends typeof Policy | typeof UsageAgreement>(
  organisation: VerifiedOrganisation,
  what: What<Schema>,
): Promise<Result<Static<Schema>>> {
  const opened = await openByOneOf(organisation.manifest.policyKeys, what);
  if (!opened.ok) return opened;
  const { orgId } = opened.value as { orgId: string };
  return orgId === organisation.orgId ? opened : refuse("wrong-signer");
}

/** Verifies with whichever of the keys has signed. */
async function openByOneOf<Schema extends TSchema>(
  keys: readonly Uint8Array[],
  { type, schema, signed }: What<Schema>,
): Promise<Result<Static<Schema>>> {
  const key = keys.find((one) => signed.signatures.some((by) => equalBytes(by.key, one)));
  return key ? openSigned(type, schema, signed, [key]) : refuse("wrong-signer");
}
