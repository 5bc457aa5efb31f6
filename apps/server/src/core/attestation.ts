/**
 * What the directory takes, as a pure rule: both adapters ask it inside their transaction. Whoever has seen an old
 * attestation can send it again; it must neither come back nor make news.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";

/** An attestation whose signature has been checked. */
export type NewAttestation = {
  userId: UserId;
  generation: number;
  /** Milliseconds from which the desk lets it count; newer letters have later ones. */
  validFrom: number;
  attestation: Signed;
  activationKey: Uint8Array;
  activateUntil: number;
};

export type KnownAttestation = Pick<NewAttestation, "generation" | "validFrom" | "attestation"> & {
  /** Whether its letter has been used. */
  activated: boolean;
};

/** `again` is the same; `next-generation` waits beside the one before until it is used; `taken` replaces a letter that was not used. */
export type AttestationVerdict = "taken" | "next-generation" | "again" | "outdated";

export function judgeAttestation(
  known: KnownAttestation | undefined,
  next: NewAttestation,
): AttestationVerdict {
  if (!known) return "taken";
  if (equalBytes(known.attestation.payload, next.attestation.payload)) return "again";
  if (next.generation !== known.generation)
    return next.generation > known.generation ? "next-generation" : "outdated";
  return known.activated || next.validFrom < known.validFrom ? "outdated" : "taken";
}
