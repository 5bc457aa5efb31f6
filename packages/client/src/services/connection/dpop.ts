/** DPoP proofs of the device key (RFC 9449; what is added to it stands in protocol/routes/dpop). */
import { bodyHashClaim, bodyHashOf } from "@nimes/protocol/routes/dpop";
import { generateProof } from "dpop";

export type ProofOf = {
  method: string;
  /** With its query. */
  url: string;
  body: Uint8Array;
  nonce: string;
  /** Access token that the proof goes with, if any. */
  token?: string;
};

/** The proof says the time of this device, but only the nonce counts for freshness: a wrong clock does no harm. */
export const makeProof = (
  keys: CryptoKeyPair,
  { method, url, body, nonce, token }: ProofOf,
): Promise<string> => generateProof(keys, url, method, nonce, token, { [bodyHashClaim]: bodyHashOf(body) });
