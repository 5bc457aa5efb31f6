/**
 * Our client ids as core-crypto knows them. Its device ids have 64 bits and lose leading zeros when written; ours have
 * 128. So the first half of ours is its device id, and the second half goes in front of the organisation:
 * `<user>:<first half>@<second half>.<org>`. One to one in both directions; anything else is no client of ours.
 */
import { concat, fromBase64Url, toBase64Url, utf8 } from "../bytes.ts";
import { hashBytes, sha256 } from "../hash.ts";
import type { ClientId } from "../ids.ts";
import { idPatterns, parseClientId } from "../ids.ts";

const halfLength = 16;
const decoder = new TextDecoder();
/** Without the zeros that core-crypto leaves out in front. */
const identityPattern = /^([0-9a-f-]{36}):(0|[1-9a-f][0-9a-f]{0,15})@([0-9a-f]{16})\.([0-9a-f]{32})$/;

/** Bytes of the Basic credential of this client. */
export function mlsIdentityBytes(clientId: ClientId): Uint8Array {
  const { userId, firstHalf, domain } = identityParts(clientId);
  return utf8(`${userId}:${firstHalf.replace(/^0+(?=.)/, "")}@${domain}`);
}

/** @returns the client id, or undefined when the identity is not exactly what {@link mlsIdentityBytes} gives. */
export function fromMlsIdentity(bytes: Uint8Array): ClientId | undefined {
  const text = decoder.decode(bytes);
  // As many characters as bytes: each is the one byte that it was made of.
  const match = text.length === bytes.byteLength && identityPattern.exec(text);
  if (!match) return undefined;
  const [, userId, firstHalf = "", secondHalf, orgId] = match;
  const clientId = `${userId}:${firstHalf.padStart(halfLength, "0")}${secondHalf}@${orgId}`;
  return idPatterns.clientId.test(clientId) ? (clientId as ClientId) : undefined;
}

/** SHA-256 JWK thumbprint (RFC 7638) of an Ed25519 public key, which is what core-crypto shows of a leaf. */
export const mlsThumbprintOf = (publicKey: Uint8Array): Uint8Array =>
  sha256(concat(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${toBase64Url(publicKey)}"}`)));

/** @returns the thumbprint's bytes, or undefined for anything but 32 bytes in base64url. */
export function parseThumbprint(text: string): Uint8Array | undefined {
  try {
    const bytes = fromBase64Url(text);
    return bytes.byteLength === hashBytes ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** A client id as it is cut for core-crypto. @throws Error for what is none: a bug of the caller. */
export function identityParts(clientId: ClientId): { userId: string; firstHalf: string; domain: string } {
  const identity = parseClientId(clientId);
  if (!identity) throw new Error("not a client id");
  const { userId, deviceId, orgId } = identity;
  return {
    userId,
    firstHalf: deviceId.slice(0, halfLength),
    domain: `${deviceId.slice(halfLength)}.${orgId}`,
  };
}
