/**
 * Names under which sealed blocks lie on the disk: an HMAC for every text, so that ids of rooms, people and messages are
 * not readable; numbers stay. How many blocks a room has can be counted, which room it is cannot be told.
 */
import { toBase64Url, utf8 } from "@nimes/protocol/bytes";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Key, TableName } from "../ports/store.ts";

const nameBytes = 16;

export function createRecordNames(nameKey: Uint8Array): (table: TableName, key: Key) => Key {
  const known = new Map<string, string>();
  const nameOf = (table: TableName, part: string): string => {
    const input = `${table}/${part}`;
    const name = known.get(input) ?? toBase64Url(hmac(sha256, nameKey, utf8(input)).subarray(0, nameBytes));
    known.set(input, name);
    return name;
  };
  return (table, key) => key.map((part) => (typeof part === "string" ? nameOf(table, part) : part));
}
