/** `LeafNode` (RFC 9420, section 7.2): what of it the gate judges, the rest only stepped over. */
import type { TlsReader } from "../tls-reader.ts";

/** RFC 9420, section 5.3: Basic is the only credential of this protocol. */
const basicCredential = 1;

export type LeafNode = {
  /** Identity of a Basic credential; undefined for any other kind. */
  identity: Uint8Array | undefined;
  signatureKey: Uint8Array;
  /** Seconds since 1970; only leaves of key packages have one. */
  lifetime: { notBefore: bigint; notAfter: bigint } | undefined;
  /** What the signature of a key package's leaf covers. */
  signed: Uint8Array;
  signature: Uint8Array;
};

export function readLeafNode(reader: TlsReader): LeafNode {
  const start = reader.offset;
  reader.opaque(); // encryption_key
  const signatureKey = reader.opaque();
  const identity = readIdentity(reader);
  // capabilities: versions, cipher_suites, extensions, proposals, credentials
  for (let list = 0; list < 5; list++) reader.opaque();
  const lifetime = readSource(reader);
  readExtensions(reader);
  const signed = reader.since(start);
  return { identity, signatureKey, lifetime, signed, signature: reader.opaque() };
}

/** `Extension extensions<V>`, as type and data. */
export const readExtensions = (reader: TlsReader): { type: number; data: Uint8Array }[] =>
  reader.vector((inner) => ({ type: inner.uint16(), data: inner.opaque() }));

function readIdentity(reader: TlsReader): Uint8Array | undefined {
  const type = reader.uint16();
  const value = reader.opaque();
  return type === basicCredential ? value : undefined;
}

function readSource(reader: TlsReader): LeafNode["lifetime"] {
  switch (reader.uint8()) {
    case 1: // key_package
      return { notBefore: reader.bigUint64(), notAfter: reader.bigUint64() };
    case 2: // update
      return undefined;
    case 3: // commit
      reader.opaque(); // parent_hash
      return undefined;
    default:
      return reader.fail();
  }
}
