/** Structures that travel with their signatures: made once, verified as bytes, and only then decoded. */
import type { Static, TSchema } from "typebox";
import { concat, equalBytes, toHex } from "../bytes.ts";
import { decodeCbor, encodeCbor } from "../cbor.ts";
import type { Result } from "../result.ts";
import { ok, refuse } from "../result.ts";
import type { Signed } from "../schema.ts";
import type { SignedType } from "./signature.ts";
import { signingInput, verifySignature } from "./signature.ts";

/** A key that can sign: its public half, 32 bytes, and the signing itself. The private half stays where it is. */
export type Signer = { publicKey: Uint8Array; sign(bytes: Uint8Array): Promise<Uint8Array> };

/** Encodes `value` once and signs the bytes with every signer in turn. */
export async function signStructure(
  type: SignedType,
  value: unknown,
  signers: readonly Signer[],
): Promise<Signed> {
  const payload = Uint8Array.from(encodeCbor(value));
  const input = signingInput(type, payload);
  const signatures = await Promise.all(
    signers.map(async (signer) => ({ key: signer.publicKey, signature: await signer.sign(input) })),
  );
  return { payload, signatures };
}

/**
 * Verifies the raw bytes, then decodes them.
 * @param required public keys of which each must have signed; other signatures are ignored.
 * @returns the payload, `wrong-signer` when one is missing, `bad-signature`, or `malformed`.
 */
export async function openSigned<Schema extends TSchema>(
  type: SignedType,
  schema: Schema,
  signed: Signed,
  required: readonly Uint8Array[],
): Promise<Result<Static<Schema>>> {
  for (const key of required) {
    const by = signed.signatures.find((candidate) => equalBytes(candidate.key, key));
    if (!by) return refuse("wrong-signer");
    if (!(await verifySignature(type, signed.payload, by))) return refuse("bad-signature");
  }
  return required.length === 0 ? refuse("wrong-signer") : decodeCbor(schema, signed.payload);
}

/**
 * Whoever has signed, where it is decided elsewhere what that is worth.
 * @returns the payload and those of its signers' keys whose signatures hold, hexadecimal; `bad-signature` when none does.
 */
export async function readSigners<Schema extends TSchema>(
  type: SignedType,
  schema: Schema,
  signed: Signed,
): Promise<Result<{ says: Static<Schema>; signers: string[] }>> {
  const says = peekSigned(schema, signed);
  if (!says.ok) return says;
  const signers: string[] = [];
  for (const by of signed.signatures)
    if (await verifySignature(type, signed.payload, by)) signers.push(toHex(by.key));
  return signers.length > 0 ? ok({ says: says.value, signers }) : refuse("bad-signature");
}

/**
 * Decodes a payload that is not yet trusted, to find out who should have signed it. Follow it with
 * {@link openSigned}; never act on its result alone.
 */
export const peekSigned = <Schema extends TSchema>(schema: Schema, signed: Signed): Result<Static<Schema>> =>
  decodeCbor(schema, signed.payload);

/** A signer around an Ed25519 key pair of WebCrypto; the private half may be non-extractable. */
export async function webCryptoSigner(pair: CryptoKeyPair): Promise<Signer> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    publicKey,
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, Uint8Array.from(bytes))),
  };
}

/** PKCS #8 of an Ed25519 private key before its 32-byte seed (RFC 8410, section 7). */
const pkcs8Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/**
 * An Ed25519 key from its seed. The private half cannot be exported again. WebCrypto has no way to the public half: some
 * browsers give it out of an exported key, Firefox does not.
 * @param seed 32 secret bytes.
 */
export async function signerFromSeed(seed: Uint8Array): Promise<Signer> {
  // Where a letter is used and nowhere else: not part of what every start loads.
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  const pkcs8 = Uint8Array.from(concat(pkcs8Prefix, seed));
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    crypto.subtle.importKey("raw", Uint8Array.from(ed25519.getPublicKey(seed)), "Ed25519", true, ["verify"]),
  ]);
  pkcs8.fill(0);
  return webCryptoSigner({ privateKey, publicKey });
}
