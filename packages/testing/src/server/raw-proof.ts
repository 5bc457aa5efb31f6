/** DPoP proofs made by hand, so that a test can get every claim wrong (A3 to A6). */
import { toBase64Url, toHex, utf8 } from "@nimes/protocol/bytes";
import { bodyHashClaim, bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";
import type { Signer } from "@nimes/protocol/signed/signed";

export type RawProof = {
  method: string;
  /** With its query. */
  url: string;
  body: Uint8Array;
  nonce: string;
  token?: string;
  /** Claims that replace the right ones. */
  claims?: Record<string, unknown>;
};

/** A proof as RFC 9449 has it, signed by the device key. */
export async function rawProof(signer: Signer, proof: RawProof): Promise<string> {
  const header = {
    alg: dpopAlgorithm,
    typ: dpopType,
    jwk: { kty: "OKP", crv: "Ed25519", x: toBase64Url(signer.publicKey) },
  };
  const claims = {
    jti: toHex(crypto.getRandomValues(new Uint8Array(16))),
    htm: proof.method,
    htu: proof.url,
    iat: Math.floor(Date.now() / 1000),
    nonce: proof.nonce,
    [bodyHashClaim]: bodyHashOf(proof.body),
    ...(proof.token !== undefined && { ath: tokenHashOf(proof.token) }),
    ...proof.claims,
  };
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${toBase64Url(await signer.sign(utf8(signed)))}`;
}

const part = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));
