/** Expected situations of core-crypto by name; everything else it throws is a message that does not open. */
import { CoreCryptoError, CoreCryptoError_Tags, type MlsError_Tags } from "@wireapp/core-crypto/browser";

/** @returns the name of the MLS situation, or undefined when `error` is something else. */
export function mlsErrorTag(error: unknown): MlsError_Tags | undefined {
  if (!CoreCryptoError.instanceOf(error) || error.tag !== CoreCryptoError_Tags.Mls) return undefined;
  return error.inner.mlsError.tag;
}
