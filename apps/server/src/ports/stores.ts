/** Everything the services store. */
import type { AttachmentStore } from "./attachment-store.ts";
import type { DirectoryStore } from "./directory-store.ts";
import type { KeyPackageStore } from "./key-package-store.ts";
import type { RoomLogStore } from "./room-log-store.ts";

export type Stores = {
  directory: DirectoryStore;
  keyPackages: KeyPackageStore;
  roomLog: RoomLogStore;
  attachments: AttachmentStore;
  /** Writes and reads back one row: whether the store works right now. */
  probe(): Promise<boolean>;
  close(): Promise<void>;
};
