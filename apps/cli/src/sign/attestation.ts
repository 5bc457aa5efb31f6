/** Attestations of officers, signed by a desk key, each with the secret of a fresh letter. */
import { activationSigner } from "@nimes/protocol/activation-link";
import { activationSecretBytes } from "@nimes/protocol/letter-code";
import { limits } from "@nimes/protocol/limits";
import { withoutHidden } from "@nimes/protocol/names";
import type { Signed } from "@nimes/protocol/schema";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { clockToleranceMs } from "./manifest.ts";

const attestationYears = 3;

/** What a desk decides about an officer; the rest follows. */
export type Officer = Pick<
  UserAttestation,
  "orgId" | "userId" | "displayName" | "unitId" | "function" | "generation" | "deviceClass"
>;
export type SignedLetter = {
  attestation: UserAttestation;
  signed: Signed;
  /** Stands in the letter and nowhere else. */
  secret: Uint8Array;
};

/** Somebody who was attested before is attested anew without what nobody sees in name and duty. */
export const inPlainWords = <Attested extends Pick<Officer, "displayName" | "function">>(
  attested: Attested,
): Attested => ({
  ...attested,
  displayName: withoutHidden(attested.displayName) || attested.displayName,
  function: withoutHidden(attested.function),
});

/** Signs an officer's attestation with a fresh activation key; it ends the letter before it. */
export async function signLetter(desk: Signer, officer: Officer, now: number): Promise<SignedLetter> {
  const secret = crypto.getRandomValues(new Uint8Array(activationSecretBytes));
  const { publicKey } = await activationSigner(secret);
  const attestation: UserAttestation = {
    orgId: officer.orgId,
    userId: officer.userId,
    displayName: officer.displayName,
    unitId: officer.unitId,
    function: officer.function,
    generation: officer.generation,
    deviceClass: officer.deviceClass,
    activationKey: publicKey,
    activateUntil: now + limits.activationLifetimeMs,
    validFrom: now - clockToleranceMs,
    validUntil: now + attestationYears * 365 * 24 * 60 * 60_000,
  };
  return { attestation, signed: await signStructure("UserAttestation", attestation, [desk]), secret };
}
