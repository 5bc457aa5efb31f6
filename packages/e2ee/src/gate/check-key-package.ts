/** Whether a claimed key package may be used to add its device (M5). */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import { mlsIdentityBytes, mlsThumbprintOf } from "../core-crypto/mls-identity.ts";
import { keyPackageSignaturesHold, parseKeyPackage } from "../mls/key-package.ts";
import { countsAt, standingOf } from "./chain-lookup.ts";

export type Claim = { clientId: ClientId; keyPackage: Uint8Array };

/**
 * Suite, lifetime, both signatures, and that client id and signature key are those of a device on the user's chain.
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
  if (!standing || !countsAt(standing, context.now)) return false;
  return keyPackageSignaturesHold(parsed.value);
}
