/**
 * Opening an encrypted file so that no unauthenticated byte ever comes out (B1): size and number of chunks are checked
 * before the first is opened, a chunk comes out only when its tag holds, and a whole file only when all of it does.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { chunksFor, cipherOf, importFileKey, keyBytes, placeOfChunk, sealedSizeFor } from "./chunks.ts";

/** What the message says of the file. */
export type AttachmentDescription = {
  key: Uint8Array;
  /** Plain bytes. */
  size: number;
  chunks: number;
  /** SHA-256 of the encrypted file. */
  hash: Uint8Array;
};

/**
 * @param encrypted the whole encrypted file.
 * @returns the file, or `attachment-damaged` for anything that is not exactly what the sender sealed.
 */
export async function openAttachment(
  encrypted: Uint8Array,
  described: AttachmentDescription,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const opener = await openChunks(described);
  if (!opener.ok) return opener;
  if (encrypted.byteLength !== sealedSizeFor(described.size)) return refuse("attachment-damaged");
  if (!equalBytes(sha256(encrypted), described.hash)) return refuse("attachment-damaged");
  const plain = new Uint8Array(described.size);
  let offset = 0;
  for (let index = 0; index < described.chunks; index++) {
    const { start, end } = placeOfChunk(described.size, index);
    const chunk = await opener.value.open(index, encrypted.subarray(start, end));
    if (!chunk.ok) return chunk;
    plain.set(chunk.value, offset);
    offset += chunk.value.byteLength;
  }
  return ok(plain);
}

export type ChunkOpener = {
  /** @returns chunk `index` opened, or `attachment-damaged`. */
  open(index: number, encrypted: Uint8Array): Promise<Result<Uint8Array<ArrayBuffer>>>;
};

/**
 * Opens single chunks, for what is used while it loads.
 * @returns `attachment-damaged` when the description contradicts itself.
 */
export async function openChunks(described: AttachmentDescription): Promise<Result<ChunkOpener>> {
  const { key, size, chunks } = described;
  const sound =
    Number.isSafeInteger(size) &&
    size > 0 &&
    size <= limits.maxAttachmentBytes &&
    chunks === chunksFor(size) &&
    key.byteLength === keyBytes;
  if (!sound) return refuse("attachment-damaged");
  const fileKey = await importFileKey(key, "decrypt");
  return ok({
    async open(index, encrypted) {
      if (!Number.isInteger(index) || index < 0 || index >= chunks) return refuse("attachment-damaged");
      const { start, end } = placeOfChunk(size, index);
      if (encrypted.byteLength !== end - start) return refuse("attachment-damaged");
      const cipher = cipherOf({ index, last: index === chunks - 1 });
      try {
        const plain = await crypto.subtle.decrypt(cipher, fileKey, Uint8Array.from(encrypted));
        return ok(new Uint8Array(plain));
      } catch {
        return refuse("attachment-damaged");
      }
    },
  });
}
