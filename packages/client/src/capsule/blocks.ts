/**
 * Which records are sealed together. Sealing costs per piece, so messages and what the log keeps of them lie in blocks of
 * neighbours: a page of a room is one or two pieces, and catching up writes each block once or twice. Everything else is
 * sealed alone.
 */
import { compareKeys } from "../core/keys-in-order.ts";
import type { Key, Stretch, TableName } from "../ports/store.ts";

/** Entries of a room log that share a block: a screenful. */
const entriesPerBlock = 32;

export type Block = { table: TableName; key: Key };
export type BlockRow = { key: Key; record: unknown };
/** Rows by {@link keyText}. */
export type BlockRows = ReadonlyMap<string, BlockRow>;

/** The key of the block that holds a record. Blocks stand in the order of their records. */
export function blockKeyOf(table: TableName, key: Key): Key {
  const [room = "", second = 0] = key;
  switch (table) {
    case "timeline":
    case "log":
      return [room, Math.floor(Number(second) / entriesPerBlock)];
    case "messages":
      // By the first digit of the message id, which is random.
      return [room, String(second).slice(0, 1)];
    default:
      return key;
  }
}

/** Whether blocks of this table hold several records, and are worth keeping opened for a while. */
export const isShared = (table: TableName): boolean =>
  table === "timeline" || table === "log" || table === "messages";

/** Whether a block may hold something of a stretch. */
export function mayHold({ table, key }: Block, { prefix, after, before }: Stretch): boolean {
  if (!isShared(table)) return true;
  const [from, to] = [after, before].map((bound) => bound && blockKeyOf(table, bound));
  const inRoom = prefix.length === 0 || key[0] === prefix[0];
  return inRoom && !(from && compareKeys(key, from) < 0) && !(to && compareKeys(key, to) > 0);
}

/** A key as one text; different keys have different texts. */
export const keyText = (key: Key): string => JSON.stringify(key);
