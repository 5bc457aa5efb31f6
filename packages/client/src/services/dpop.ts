/** DPoP proofs of the device key (RFC 9449; what is added to it stands in protocol/routes/dpop). */
import { toBase64Url, toHex, utf8 } from "@nimes/protocol/bytes";
import { bodyHashClaim, bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";

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
  const header = {
    alg: dpopAlgorithm,
    typ: dpopType,
    jwk: { kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey) },
  };
  return signCompact(keys.privateKey, header, claims);
}

/** The compact form of a signed object (RFC 7515, section 7.1; Ed25519 by RFC 8037). */
async function signCompact(key: CryptoKey, header: object, payload: object): Promise<string> {
  const encode = (part: object): string => toBase64Url(utf8(JSON.stringify(part)));
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = await crypto.subtle.sign("Ed25519", key, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}
