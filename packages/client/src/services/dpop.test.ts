import { bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";
import { EmbeddedJWK, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { makeProof } from "./dpop.ts";

const body = Uint8Array.of(1, 2, 3);
const newKeys = async (): Promise<CryptoKeyPair> =>
  (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
const proofBy = (keys: CryptoKeyPair, nonce = "einmal·→") =>
  makeProof(keys, {
    method: "POST",
    url: "https://nimes.example/api/v1/tokens",
    body,
    nonce,
    token: "t",
    now: 1_700_000_000_999,
  });

test("a proof is a JWS that the field's library verifies with the key inside (C8)", async () => {
  const keys = await newKeys();
  const { payload, protectedHeader } = await jwtVerify(await proofBy(keys), EmbeddedJWK, {
    typ: dpopType,
    algorithms: [dpopAlgorithm],
    currentDate: new Date(1_700_000_001_000),
  });
  expect(protectedHeader.jwk).toEqual({
    kty: "OKP",
    crv: "Ed25519",
    x: ((await crypto.subtle.exportKey("jwk", keys.publicKey)) as JsonWebKey).x,
  });
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    htm: "POST",
    htu: "https://nimes.example/api/v1/tokens",
    iat: 1_700_000_000,
    nonce: "einmal·→",
    ath: tokenHashOf("t"),
    bh: bodyHashOf(body),
  });
});

test("a proof that was changed does not verify (C8)", async () => {
  const [header, , signature] = (await proofBy(await newKeys(), "one")).split(".");
  const [, claims] = (await proofBy(await newKeys(), "two")).split(".");
  await expect(jwtVerify([header, claims, signature].join("."), EmbeddedJWK)).rejects.toThrow("signature");
});
