/**
 * The shape of an encrypted file (DESIGN §6, "Attachments"): the STREAM construction (Hoang, Reyhanitabar, Rogaway,
 * Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) with AES-256-GCM over
 * chunks of 64 KiB. The nonce is the chunk's number and whether it is the last, so that no chunk opens in another
 * place, and a file that was cut or made longer has no valid end.
 */
import { limits } from "@nimes/protocol/limits";

export const chunkBytes = limits.attachmentChunkBytes;
export const tagBytes = 16;
export const keyBytes = 32;
const nonceBytes = 12;

/** Number of chunks of a file of `size` plain bytes. */
export const chunksFor = (size: number): number => Math.ceil(size / chunkBytes);

/** Bytes of the encrypted file: each chunk grows by its tag. */
export const sealedSizeFor = (size: number): number => size + chunksFor(size) * tagBytes;

/** Where chunk `index` of a file of `size` plain bytes lies in the encrypted file, and what it opens to. */
export function placeOfChunk(
  size: number,
  index: number,
): { start: number; end: number; plainBytes: number } {
  const plainBytes = Math.min(chunkBytes, size - index * chunkBytes);
  const start = index * (chunkBytes + tagBytes);
  return { start, end: start + plainBytes + tagBytes, plainBytes };
}

/** Parameters of the one AES-GCM call of this chunk: 11 bytes counter, big endian, 1 byte last-chunk flag. */
export function cipherOf(chunk: { index: number; last: boolean }): AesGcmParams {
  const iv = new Uint8Array(nonceBytes);
  new DataView(iv.buffer).setUint32(nonceBytes - 5, chunk.index);
  iv[nonceBytes - 1] = chunk.last ? 1 : 0;
  return { name: "AES-GCM", iv, tagLength: tagBytes * 8 };
}

/** @param key 32 bytes of this file alone. */
export const importFileKey = (key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", Uint8Array.from(key), "AES-GCM", false, [usage]);
