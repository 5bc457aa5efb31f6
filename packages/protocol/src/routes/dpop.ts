/**
 * DPoP proofs (RFC 9449) as used here. Beside the RFC's claims a proof carries `bh`, the SHA-256 of the request body, and
 * always the server's `nonce`, so that neither a changed body nor a wrong clock gets through or in the way. Other than in
 * the RFC, `htu` has the query: it says what is asked for as much as the path does.
 */
import { toBase64Url } from "../bytes.ts";
import { sha256 } from "../hash.ts";

export const dpopAlgorithm = "Ed25519";
export const dpopType = "dpop+jwt";
/** Claim with the body's hash, base64url. */
export const bodyHashClaim = "bh";
export const bodyHashOf = (body: Uint8Array): string => toBase64Url(sha256(body));
/** `ath` of RFC 9449, section 4.2. */
export const tokenHashOf = (token: string): string => toBase64Url(sha256(new TextEncoder().encode(token)));
