/** `KeyPackage` (RFC 9420, section 10) and its two signatures (section 5.1.2). */
import { concat, utf8 } from "../bytes.ts";
import { mlsVersion } from "../mls-header.ts";
import type { Result } from "../result.ts";
import type { TlsReader } from "../tls-reader.ts";
import { readTls } from "../tls-reader.ts";
import type { LeafNode } from "./leaf-node.ts";
import { readExtensions, readLeafNode } from "./leaf-node.ts";

export type KeyPackage = {
  cipherSuite: number;
  leaf: LeafNode;
  signed: Uint8Array;
  signature: Uint8Array;
  /** The whole structure. */
  bytes: Uint8Array;
};

/** A key package as it travels alone: without the `MLSMessage` around it. */
export const parseKeyPackage = (bytes: Uint8Array): Result<KeyPackage> =>
  readTls(bytes, (reader) => {
    const keyPackage = readKeyPackage(reader);
    return reader.atEnd ? keyPackage : reader.fail();
  });

export function readKeyPackage(reader: TlsReader): KeyPackage {
  const start = reader.offset;
  if (reader.uint16() !== mlsVersion) reader.fail();
  const cipherSuite = reader.uint16();
  reader.opaque(); // init_key
  const leaf = readLeafNode(reader);
  readExtensions(reader);
  const signed = reader.since(start);
  const signature = reader.opaque();
  return { cipherSuite, leaf, signed, signature, bytes: reader.since(start) };
}

/** Whether both signatures, of the leaf and of the whole, were made by the leaf's Ed25519 key. */
export async function keyPackageSignaturesHold(keyPackage: KeyPackage): Promise<boolean> {
  const { leaf } = keyPackage;
  try {
    const key = await crypto.subtle.importKey("raw", Uint8Array.from(leaf.signatureKey), "Ed25519", false, [
      "verify",
    ]);
    return (
      (await verifyWithLabel(key, "LeafNodeTBS", leaf)) &&
      (await verifyWithLabel(key, "KeyPackageTBS", keyPackage))
    );
  } catch {
    return false;
  }
}

/** `VerifyWithLabel`, RFC 9420, section 5.1.2. */
function verifyWithLabel(
  key: CryptoKey,
  label: string,
  { signed, signature }: { signed: Uint8Array; signature: Uint8Array },
): Promise<boolean> {
  const content = Uint8Array.from(concat(opaque(utf8(`MLS 1.0 ${label}`)), opaque(signed)));
  return crypto.subtle.verify("Ed25519", key, Uint8Array.from(signature), content);
}

/** `opaque value<V>` with a length below 2^30. */
function opaque(value: Uint8Array): Uint8Array {
  const length = value.byteLength;
  if (length < 2 ** 6) return concat(Uint8Array.of(length), value);
  if (length < 2 ** 14) return concat(Uint8Array.of(0x40 | (length >> 8), length & 0xff), value);
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, 2 ** 31 + length);
  return concat(head, value);
}
