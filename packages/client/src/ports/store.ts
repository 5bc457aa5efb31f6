/**
 * Where a device keeps what it knows: the inside of the capsule. Records by table and key, written in atomic batches:
 * whatever belongs together (a message, the cursor behind it, the running hash) is one batch, so a crash never leaves
 * half of it.
 *
 * Keys are arrays of strings and numbers, ordered part by part, numbers before strings, as in IndexedDB.
 */
import type { MessageId, RoomId, UserId } from "@nimes/protocol/ids";
import type { OutboxRecord } from "../core/outbox-record.ts";
import type {
  DirectoryRecord,
  LogRecord,
  MessagePlace,
  PictureRecord,
  PositionRecord,
} from "../core/records.ts";
import type { RoomRecord } from "../core/room-record.ts";
import type { StoredItem } from "../core/stored-item.ts";

/** Each table with its key and its record. */
export type Tables = {
  directory: { key: readonly [UserId]; record: DirectoryRecord };
  positions: { key: readonly ["directory" | "inbox" | "server" | "kinds"]; record: PositionRecord };
  rooms: { key: readonly [RoomId]; record: RoomRecord };
  /** Running hash and digest of every applied entry. */
  log: { key: readonly [RoomId, number]; record: LogRecord };
  /** Room, sequence, place within the entry. */
  timeline: { key: readonly [RoomId, number, number]; record: StoredItem };
  /** Where a message stands, and that it is known at all. */
  messages: { key: readonly [RoomId, MessageId]; record: MessagePlace };
  outbox: { key: readonly [RoomId, number]; record: OutboxRecord };
  pictures: { key: readonly [RoomId, MessageId]; record: PictureRecord };
};
export type TableName = keyof Tables;
export const tableNames = [
  "directory",
  "positions",
  "rooms",
  "log",
  "timeline",
  "messages",
  "outbox",
  "pictures",
] as const satisfies readonly TableName[];

export type Key = readonly (string | number)[];

/** One change of a batch. */
export type Write = {
  [T in TableName]:
    | { put: T; key: Tables[T]["key"]; record: Tables[T]["record"] }
    | { delete: T; key: Tables[T]["key"] };
}[TableName];

/** A stretch of a table: every key that begins with `prefix`, between the bounds (both left out). */
export type Stretch = {
  prefix: Key;
  after?: Key;
  before?: Key;
  limit?: number;
  newestFirst?: boolean;
};

export type Row<T extends TableName> = { key: Tables[T]["key"]; record: Tables[T]["record"] };

/**
 * `strict` has reached the disk when the write resolves; for whatever must not be forgotten after it was
 * acknowledged or sealed. `relaxed` may be lost with the power, never torn.
 */
export type Durability = "strict" | "relaxed";

export type Store = {
  get<T extends TableName>(table: T, key: Tables[T]["key"]): Promise<Tables[T]["record"] | undefined>;
  list<T extends TableName>(table: T, stretch: Stretch): Promise<Row<T>[]>;
  /** All or nothing. @throws StoreFull when the device has no space left; nothing was changed then. */
  write(changes: readonly Write[], durability: Durability): Promise<void>;
  close(): Promise<void>;
};

/** The device has no space left. Lost infrastructure, so it is thrown; whoever answers a person catches it. */
export class StoreFull extends Error {
  override readonly name = "StoreFull";
}

/** The capsule was locked while something was read or written; whoever answers a person answers as if it had been before. */
export class StoreClosed extends Error {
  override readonly name = "StoreClosed";
}
