/** Fetches an encrypted file whole, into no more memory than its message says. */
import { sealedSizeFor } from "@nimes/e2ee/attachments/chunks";
import type { EncryptedFile } from "@nimes/protocol/content/encrypted-file";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Session } from "../connection/session.ts";

const partBytes = limits.maxUploadPartBytes;

/**
 * @param arrived parts that an earlier try has brought, to which this one puts its own: what has come is not fetched again.
 * @returns `attachment-damaged` at the first part of another length than the protocol says: an empty one would never end,
 * a short one would make a hundred million of them, a long one would fill the memory.
 */
export async function fetchAttachment(
  session: Pick<Session, "call">,
  { attachmentId, size }: Pick<EncryptedFile, "attachmentId" | "size">,
  arrived: Uint8Array<ArrayBuffer>[] = [],
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const total = sealedSizeFor(size);
  for (let offset = arrived.length * partBytes; offset < total; offset += partBytes) {
    const part = await session.call(routes.getAttachment, {
      params: { attachmentId },
      query: { offset: String(offset) },
    });
    if (!part.ok) return part;
    if (part.value.byteLength !== Math.min(partBytes, total - offset)) return refuse("attachment-damaged");
    arrived.push(part.value);
  }
  return ok(new Uint8Array(await new Blob(arrived).arrayBuffer()));
}
