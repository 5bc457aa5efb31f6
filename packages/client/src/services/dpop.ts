/** DPoP proofs of the device key (RFC 9449; what is added to it stands in protocol/routes/dpop). */
import { toBase64Url, toHex } from "@nimes/protocol/bytes";
import { bodyHashClaim, bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";
import { SignJWT } from "jose";

export type ProofOf = {
  method: string;
  /** Without query. */
  url: string;
  body: Uint8Array;
  nonce: string;
  /** Access token that the proof goes with, if any. */
  token?: string;
  /** Milliseconds; only the nonce counts for freshness, so a wrong clock does no harm. */
  now: number;
};

export async function makeProof(keys: CryptoKeyPair, proof: ProofOf): Promise<string> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const claims: Record<string, string | number> = {
    jti: toHex(crypto.getRandomValues(new Uint8Array(16))),
    htm: proof.method,
    htu: proof.url,
    iat: Math.floor(proof.now / 1000),
    nonce: proof.nonce,
    [bodyHashClaim]: bodyHashOf(proof.body),
  };
  if (proof.token !== undefined) claims.ath = tokenHashOf(proof.token);
  return new SignJWT(claims)
    .setProtectedHeader({
      alg: dpopAlgorithm,
      typ: dpopType,
      jwk: { kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey) },
    })
    .sign(keys.privateKey);
}
