/**
 * Simulated officers between two runs. They are written when a run has ended cleanly, and the file is deleted before any
 * of them goes on: MLS state that was used once must never be used again, so after a crash there is none, and new
 * officers come instead.
 */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { replaceFile } from "@nimes/cli/folder/write-file";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { createMemoryStore } from "@nimes/client/adapters/node/memory-store";
import type { Change, Store, TableName } from "@nimes/client/ports/store";
import { tableNames } from "@nimes/client/ports/store";
import type { UserId } from "@nimes/protocol/ids";
import type { DatabaseCopy } from "./indexed-db-copy.ts";
import { copyDatabases, restoreDatabases } from "./indexed-db-copy.ts";

const format = 1;

export type StoredOfficer = { userId: UserId; name: string; store: Store };
type SavedRow = { table: TableName; key: (string | number)[]; record: object };
type SavedKeys = { privateKey: Uint8Array<ArrayBuffer>; publicKey: Uint8Array<ArrayBuffer> };
type Saved = {
  format: typeof format;
  databases: DatabaseCopy[];
  officers: { userId: UserId; name: string; rows: SavedRow[] }[];
};

/** Writes all officers. Their clients must be closed. */
export async function saveOfficers(
  terminal: Terminal,
  file: string,
  officers: readonly StoredOfficer[],
): Promise<void> {
  const saved: Saved = { format, databases: await copyDatabases(), officers: [] };
  for (const { userId, name, store } of officers)
    saved.officers.push({ userId, name, rows: await rowsOf(store) });
  replaceFile(terminal, file, serialize(saved));
}

/** Takes the officers of the last run out of the file, once. @returns none when there is no file or no sound one. */
export async function takeOfficers(file: string): Promise<StoredOfficer[]> {
  const saved = takeFile(file);
  if (!saved) return [];
  await restoreDatabases(saved.databases);
  return Promise.all(
    saved.officers.map(async ({ userId, name, rows }) => ({ userId, name, store: await storeOf(rows) })),
  );
}

function takeFile(file: string): Saved | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  // Emptied on the disk before it is used: a power cut must not bring it back.
  const open = openSync(file, "w");
  writeFileSync(open, "");
  fsyncSync(open);
  closeSync(open);
  rmSync(file);
  try {
    const saved = deserialize(bytes) as Saved;
    return saved.format === format ? saved : undefined;
  } catch {
    return undefined;
  }
}

async function rowsOf(store: Store): Promise<SavedRow[]> {
  const rows: SavedRow[] = [];
  for (const table of tableNames)
    for (const { key, record } of await store.list(table, { prefix: [] }))
      rows.push({ table, key: [...key], record: await withoutCryptoKeys(record) });
  return rows;
}

async function storeOf(rows: readonly SavedRow[]): Promise<Store> {
  const store = createMemoryStore();
  const changes = await Promise.all(
    rows.map(async ({ table, key, record }) => ({ put: table, key, record: await withCryptoKeys(record) })),
  );
  await store.write(changes as unknown as Change[], "strict");
  return store;
}

/** WebCrypto keys cannot be serialised; these can be exported, see `extractableKeys`. */
async function withoutCryptoKeys(record: object): Promise<object> {
  if (!("deviceKeys" in record)) return record;
  const { privateKey, publicKey } = record.deviceKeys as CryptoKeyPair;
  const deviceKeys: SavedKeys = {
    privateKey: new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)),
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)),
  };
  return { ...record, deviceKeys };
}

async function withCryptoKeys(record: object): Promise<object> {
  if (!("deviceKeys" in record)) return record;
  const { privateKey, publicKey } = record.deviceKeys as SavedKeys;
  const deviceKeys: CryptoKeyPair = {
    privateKey: await crypto.subtle.importKey("pkcs8", privateKey, "Ed25519", true, ["sign"]),
    publicKey: await crypto.subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]),
  };
  return { ...record, deviceKeys };
}
