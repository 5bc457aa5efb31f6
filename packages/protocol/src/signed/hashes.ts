/** Hashes by which one signed structure names another. */
import { labelledHash } from "../hash.ts";

export const manifestHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/manifest-hash/v1", payload);
/** Tells one link of a device chain from another that would stand in its place. */
export const linkHash = (payload: Uint8Array): Uint8Array => labelledHash("NIMes/link-hash/v1", payload);
export const agreementHash = (payload: Uint8Array): Uint8Array =>
  labelledHash("NIMes/agreement-hash/v1", payload);
export const rolesHash = (payload: Uint8Array): Uint8Array => labelledHash("NIMes/roles-hash/v1", payload);
export const orderHash = (payload: Uint8Array): Uint8Array => labelledHash("NIMes/order-hash/v1", payload);
