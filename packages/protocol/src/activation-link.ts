/**
 * The activation link of a letter: `<address>/#a1.<root key hash>.<user id>.<secret>.<checksum>`. Everything after the
 * `#` stays on the device. The checksum only tells a mistyped link from a foreign one; it protects nothing.
 */
import { base64urlnopad } from "@scure/base";
import { concat, equalBytes, fromHex, toBase64Url, toHex, utf8 } from "./bytes.ts";
import { hashBytes, labelledHash } from "./hash.ts";
import type { UserId } from "./ids.ts";
import { parseUserId } from "./ids.ts";
import type { Result } from "./result.ts";
import { ok, refuse } from "./result.ts";
import type { Signer } from "./signed/signed.ts";
import { signerFromSeed } from "./signed/signed.ts";

export const activationSecretBytes = 16;
const prefix = "a1";
const checksumBytes = 3;

export type ActivationLink = {
  /** Hash of the organisation's root key, 32 bytes. */
  rootHash: Uint8Array;
  userId: UserId;
  /** 128 random bits; whoever has them can activate once. */
  secret: Uint8Array;
};

/** @param address origin of the server, without a path. */
export function formatActivationLink(address: string, link: ActivationLink): string {
  const parts = [link.rootHash, fromHex(link.userId.replaceAll("-", "")), link.secret];
  const body = parts.map(toBase64Url).join(".");
  return `${address}/#${prefix}.${body}.${toBase64Url(checksum(body))}`;
}

/**
 * @param text the whole link, or only what stands after the `#`; white space from a broken line is ignored.
 * @returns `activation-mistyped` for anything else.
 */
export function parseActivationLink(text: string): Result<ActivationLink> {
  const fragment = text.replace(/\s+/g, "").replace(/^[^#]*#/, "");
  const [version, rootHash, userId, secret, sum, ...rest] = fragment.split(".");
  if (version !== prefix || rest.length > 0) return refuse("activation-mistyped");
  try {
    const decoded = [rootHash, userId, secret, sum].map((part) => base64urlnopad.decode(part ?? ""));
    const [root, user, key, given] = decoded as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const expected = checksum([rootHash, userId, secret].join("."));
    const parsedUser = user.byteLength === 16 ? parseUserId(toUuid(user)) : undefined;
    if (!parsedUser || root.byteLength !== hashBytes || key.byteLength !== activationSecretBytes)
      return refuse("activation-mistyped");
    if (!equalBytes(expected, given)) return refuse("activation-mistyped");
    return ok({ rootHash: root, userId: parsedUser, secret: key });
  } catch {
    return refuse("activation-mistyped");
  }
}

/** The key pair that the secret seeds; its public half stands in the attestation. */
export const activationSigner = (secret: Uint8Array): Promise<Signer> =>
  signerFromSeed(labelledHash("NIMes/activation-key/v1", secret));

const checksum = (body: string): Uint8Array =>
  labelledHash("NIMes/activation-checksum/v1", concat(utf8(body))).subarray(0, checksumBytes);

function toUuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
