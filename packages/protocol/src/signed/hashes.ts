/** Hashes by which one signed structure names another. */
import { labelledHash } from "../hash.ts";

export const manifestHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/manifest-hash/v1", payload);
export const attestationHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/attestation-hash/v1", payload);
export const agreementHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/agreement-hash/v1", payload);
export const orderHash = (payload: Uint8Array): Uint8Array => labelledHash("NIMes/order-hash/v1", payload);
