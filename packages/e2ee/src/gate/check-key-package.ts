/** Whether a claimed key package may be used to add its device (M5). */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { mlsIdentityBytes, mlsThumbprintOf } from "@nimes/protocol/mls/identity";
import { keyPackageSignaturesHold, parseKeyPackage } from "@nimes/protocol/mls/key-package";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import { standingOf } from "./chain-lookup.ts";

export type Claim = { clientId: ClientId; keyPackage: Uint8Array };

/**
 * Suite, lifetime, both signatures, and that client id and signature key are those of a device on the user's chain that
 * has not ended: whatever any clock says of when, it is never added again.
 * @param now milliseconds; key packages are judged before they enter the log, so by the clock of who uses them.
 */
export async function isUsableKeyPackage(
  claim: Claim,
  context: { directory: DirectoryLookup; cipherSuite: number; now: number },
): Promise<boolean> {
  const parsed = parseKeyPackage(claim.keyPackage);
  if (!parsed.ok) return false;
  const { cipherSuite, leaf } = parsed.value;
  if (cipherSuite !== context.cipherSuite) return false;
  if (!leaf.lifetime || !leaf.identity) return false;
  const seconds = BigInt(Math.floor(context.now / 1000));
  if (seconds < leaf.lifetime.notBefore || seconds > leaf.lifetime.notAfter) return false;
  if (!equalBytes(leaf.identity, mlsIdentityBytes(claim.clientId))) return false;
  const thumbprint = mlsThumbprintOf(leaf.signatureKey);
  const standing = standingOf(context.directory, { clientId: claim.clientId, thumbprint });
  if (!standing || standing.until !== undefined) return false;
  const { validFrom, validUntil } = standing.user;
  if (context.now > validUntil || context.now < validFrom - limits.phoneClockToleranceMs) return false;
  return keyPackageSignaturesHold(parsed.value);
}
