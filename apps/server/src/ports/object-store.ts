/** Bytes by id. A folder by default; any object store later. */
import type { AttachmentId } from "@nimes/protocol/ids";

export type ObjectStore = {
  /** Bytes that have arrived. */
  size(id: AttachmentId): Promise<number>;
  /** Appends at the end. @throws StorageFull */
  append(id: AttachmentId, offset: number, bytes: Uint8Array): Promise<void>;
  /** @returns fewer bytes at the end, none where nothing is. */
  read(id: AttachmentId, offset: number, length: number): Promise<Uint8Array>;
  remove(id: AttachmentId): Promise<void>;
};
