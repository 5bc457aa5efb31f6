/** Encrypting a file, whole or chunk by chunk. */
import { sha256 } from "@nimes/protocol/hash";
import { chunkBytes, chunksFor, cipherOf, importFileKey, keyBytes, sealedSizeFor } from "./chunks.ts";

export type SealedAttachment = {
  encrypted: Uint8Array<ArrayBuffer>;
  chunks: number;
  /** SHA-256 of `encrypted`. */
  hash: Uint8Array;
};

/** A fresh key for one file. */
export const newAttachmentKey = (): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(keyBytes));

/**
 * Encrypts a whole file. The same file and key give the same bytes, so an upload can go on later.
 * @param plain at least one byte.
 * @param key of this file alone: a second file under the same key would break both.
 */
export async function sealAttachment(plain: Uint8Array | Blob, key: Uint8Array): Promise<SealedAttachment> {
  const size = plain instanceof Blob ? plain.size : plain.byteLength;
  const encrypted = new Uint8Array(sealedSizeFor(size));
  let offset = 0;
  for await (const chunk of sealChunks(plain, key)) {
    encrypted.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { encrypted, chunks: chunksFor(size), hash: sha256(encrypted) };
}

/**
 * Encrypts chunk by chunk, holding one chunk in memory.
 * @param from first chunk wanted, to go on with an upload.
 */
export async function* sealChunks(
  plain: Uint8Array | Blob,
  key: Uint8Array,
  from = 0,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = plain instanceof Blob ? plain.size : plain.byteLength;
  if (size === 0) throw new Error("an empty file is not sent");
  const chunks = chunksFor(size);
  const fileKey = await importFileKey(key, "encrypt");
  for (let index = from; index < chunks; index++) {
    const part = await sliceOf(plain, index * chunkBytes);
    const last = index === chunks - 1;
    yield new Uint8Array(await crypto.subtle.encrypt(cipherOf({ index, last }), fileKey, part));
  }
}

async function sliceOf(plain: Uint8Array | Blob, start: number): Promise<Uint8Array<ArrayBuffer>> {
  if (plain instanceof Blob)
    return new Uint8Array(await plain.slice(start, start + chunkBytes).arrayBuffer());
  return Uint8Array.from(plain.subarray(start, start + chunkBytes));
}
