/** When an officer's attestation runs out. */
import { decodeCbor } from "@nimes/protocol/cbor";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";

/** @param payload of an attestation that was taken before. @returns milliseconds; 0 for what does not decode. */
export function attestationEnd(payload: Uint8Array): number {
  const attestation = decodeCbor(UserAttestation, payload);
  return attestation.ok ? attestation.value.validUntil : 0;
}
