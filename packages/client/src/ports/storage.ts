/**
 * The device's disk as it is: tables of values by key, written in atomic batches. Nobody but the capsule and the few
 * records that stand outside of it write here; everything else goes through the sealed {@link Store}.
 *
 * Keys are arrays of strings and numbers, ordered part by part, numbers before strings, as in IndexedDB.
 */
import type { Durability, Key, Stretch, TableName } from "./store.ts";
import { tableNames } from "./store.ts";

/** `outside`: what must be there before the capsule is opened. `revisions`: which state of which record counts. */
export const storageTables = ["outside", "revisions", ...tableNames] as const;
export type StorageTable = "outside" | "revisions" | TableName;

export type StorageChange =
  | { put: StorageTable; key: Key; record: unknown }
  | { delete: StorageTable; key: Key };

export type Storage = {
  /** The values of these keys, `undefined` where there is none; all of one moment. */
  getMany(table: StorageTable, keys: readonly Key[]): Promise<unknown[]>;
  list(table: StorageTable, stretch: Stretch): Promise<{ key: Key; record: unknown }[]>;
  /** All or nothing. @throws StoreFull when the device has no space left; nothing was changed then. */
  write(changes: readonly StorageChange[], durability: Durability): Promise<void>;
  /** Whether a release from before the capsule has left its data. */
  hasOldFormat(): Promise<boolean>;
  /** Deletes everything that any release of this app has stored here. The storage can be used afterwards. */
  destroy(): Promise<void>;
  close(): Promise<void>;
};
