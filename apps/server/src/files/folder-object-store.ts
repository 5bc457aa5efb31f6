/** Attachments as files in a folder, spread over 256 sub-folders by the first two letters of their id. */
import { mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AttachmentId } from "@nimes/protocol/ids";
import type { ObjectStore } from "../ports/object-store.ts";
import { isStorageFull, StorageFull } from "../ports/storage-full.ts";

/** @param folder is made when it is missing. Ids are hexadecimal, so no path can lead out of it. */
export function folderObjectStore(folder: string): ObjectStore {
  const pathOf = (id: AttachmentId): string => join(folder, id.slice(0, 2), id);
  return {
    async size(id) {
      try {
        return (await stat(pathOf(id))).size;
      } catch (error) {
        if (isMissing(error)) return 0;
        throw error;
      }
    },
    async append(id, offset, bytes) {
      await mkdir(join(folder, id.slice(0, 2)), { recursive: true, mode: 0o700 });
      const file = await open(pathOf(id), "a", 0o600);
      try {
        await file.appendFile(bytes);
        await file.datasync();
        // The file's name, too, has to outlive a loss of power.
        if (offset === 0) await syncFolder(join(folder, id.slice(0, 2)));
      } catch (error) {
        // Half a part would shift everything behind it.
        await file.truncate(offset);
        if (isStorageFull(error)) throw new StorageFull("No space left for attachments");
        throw error;
      } finally {
        await file.close();
      }
    },
    async read(id, offset, length) {
      const file = await open(pathOf(id), "r").catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (!file) return new Uint8Array(0);
      try {
        const buffer = new Uint8Array(length);
        const { bytesRead } = await file.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
