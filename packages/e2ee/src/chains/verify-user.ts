/**
 * An officer from the organisation down: the attestation that a desk of the officer's unit signed, and the device chain
 * that the activation letter begins (DESIGN §3).
 */

import { equalBytes } from "@nimes/protocol/bytes";
import type { Result } from "@nimes/protocol/result";
import { refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { hasPlausibleTimes, UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { UserEvidence } from "./check-user.ts";
import { checkUser } from "./check-user.ts";
import { judgeUser } from "./judge-user.ts";
import type { VerifiedUser } from "./verified-user.ts";
import type { VerifiedOrganisation } from "./verify-organisation.ts";

/**
 * @param entry as the server gave it.
 * @returns as {@link checkUser} and {@link judgeUser}; refused also where the highest generation counts for nobody.
 */
export async function verifyUser(
  organisation: VerifiedOrganisation,
  entry: UserEvidence,
): Promise<Result<VerifiedUser>> {
  const checked = await checkUser(entry);
  if (!checked.ok) return checked;
  const [highest] = checked.value.generations.slice(-1);
  const judged = highest && judgeUser(organisation, { ...checked.value, generations: [highest] });
  return judged && !judged.ok ? judged : judgeUser(organisation, checked.value);
}

/**
 * The attestation of a letter that is about to be used: by a desk that counts today.
 * @returns `wrong-signer` when no desk of the unit signed, `clock-wrong` when it counts longer than anything may.
 */
export async function verifyAttestation(
  { manifest }: VerifiedOrganisation,
  signed: Signed,
): Promise<Result<UserAttestation>> {
  const claimed = peekSigned(UserAttestation, signed);
  if (!claimed.ok) return claimed;
  const { unitId, orgId, validFrom } = claimed.value;
  if (orgId !== manifest.orgId) return refuse("wrong-signer");
  if (!hasPlausibleTimes(claimed.value)) return refuse("clock-wrong");
  const desk = manifest.deskKeys.find(
    ({ key, units, validUntil }) =>
      units.includes(unitId) &&
      validFrom <= validUntil &&
      signed.signatures.some((signature) => equalBytes(signature.key, key)),
  );
  if (!desk) return refuse("wrong-signer");
  return openSigned("UserAttestation", UserAttestation, signed, [desk.key]);
}
