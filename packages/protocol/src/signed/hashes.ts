/** Hashes by which one signed structure names another. */
import { labelledHash } from "../hash.ts";

export const manifestHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/manifest-hash/v1", payload);
export const attestationHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/attestation-hash/v1", payload);
