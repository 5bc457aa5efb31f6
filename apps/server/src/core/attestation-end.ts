/** When an officer's attestation runs out, and when a device began. */
import { decodeCbor } from "@nimes/protocol/cbor";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";

/** @param payload of an attestation that was taken before. @returns milliseconds; 0 for what does not decode. */
export function attestationEnd(payload: Uint8Array): number {
  const attestation = decodeCbor(UserAttestation, payload);
  return attestation.ok ? attestation.value.validUntil : 0;
}

/** @param payload of a device's first link that was taken before. @returns milliseconds; never for what does not decode. */
export function linkTime(payload: Uint8Array): number {
  const link = decodeCbor(DeviceLink, payload);
  return link.ok ? link.value.time : Number.POSITIVE_INFINITY;
}
