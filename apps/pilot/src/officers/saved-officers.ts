/**
 * Simulated officers between two runs. They are written when a run has ended cleanly, and the file is deleted before any
 * of them goes on: MLS state that was used once must never be used again, so after a crash there is none, and new
 * officers come instead.
 */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { replaceFile } from "@nimes/cli/folder/write-file";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import type { Storage, StorageChange, StorageTable } from "@nimes/client/ports/storage";
import { storageTables } from "@nimes/client/ports/storage";
import type { UserId } from "@nimes/protocol/ids";
import type { DatabaseCopy } from "./indexed-db-copy.ts";
import { copyDatabases, restoreDatabases } from "./indexed-db-copy.ts";

const format = 2;

/** `pin`: what an officer knows, kept here because nobody else does. */
export type StoredOfficer = { userId: UserId; name: string; pin: string; storage: Storage };
type SavedRow = { table: StorageTable; key: (string | number)[]; record: unknown };
type SavedKeys = {
  privateKey: Uint8Array<ArrayBuffer>;
  publicKey: Uint8Array<ArrayBuffer>;
  localKey: Uint8Array<ArrayBuffer>;
};
type Saved = {
  format: typeof format;
  databases: DatabaseCopy[];
  officers: { userId: UserId; name: string; pin: string; rows: SavedRow[] }[];
};

/** Writes all officers. Their clients must be closed. */
export async function saveOfficers(
  terminal: Terminal,
  file: string,
  officers: readonly StoredOfficer[],
): Promise<void> {
  const saved: Saved = { format, databases: await copyDatabases(), officers: [] };
  for (const { userId, name, pin, storage } of officers)
    saved.officers.push({ userId, name, pin, rows: await rowsOf(storage) });
  replaceFile(terminal, file, serialize(saved));
}

/** Takes the officers of the last run out of the file, once. @returns none when there is no file or no sound one. */
export async function takeOfficers(file: string): Promise<StoredOfficer[]> {
  const saved = takeFile(file);
  if (!saved) return [];
  await restoreDatabases(saved.databases);
  return Promise.all(
    saved.officers.map(async ({ rows, ...officer }) => ({ ...officer, storage: await storageOf(rows) })),
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

async function rowsOf(storage: Storage): Promise<SavedRow[]> {
  const rows: SavedRow[] = [];
  for (const table of storageTables)
    for (const { key, record } of await storage.list(table, { prefix: [] }))
      rows.push({ table, key: [...key], record: await withoutCryptoKeys(record) });
  return rows;
}

async function storageOf(rows: readonly SavedRow[]): Promise<Storage> {
  const storage = createMemoryStorage();
  const changes = await Promise.all(
    rows.map(
      async ({ table, key, record }): Promise<StorageChange> => ({
        put: table,
        key,
        record: await withCryptoKeys(record),
      }),
    ),
  );
  await storage.write(changes, "strict");
  return storage;
}

const hmac = { name: "HMAC", hash: "SHA-256" };
const hasKeys = (record: unknown): record is { deviceKeys: object } =>
  typeof record === "object" && record !== null && "deviceKeys" in record;

/** WebCrypto keys cannot be serialised; these can be exported, see `extractableKeys`. */
async function withoutCryptoKeys(record: unknown): Promise<unknown> {
  if (!hasKeys(record)) return record;
  const { deviceKeys, localKey, ...rest } = record as { deviceKeys: CryptoKeyPair; localKey: CryptoKey };
  const keys: SavedKeys = {
    privateKey: new Uint8Array(await crypto.subtle.exportKey("pkcs8", deviceKeys.privateKey)),
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", deviceKeys.publicKey)),
    localKey: new Uint8Array(await crypto.subtle.exportKey("raw", localKey)),
  };
  return { ...rest, deviceKeys: keys };
}

async function withCryptoKeys(record: unknown): Promise<unknown> {
  if (!hasKeys(record)) return record;
  const saved = record.deviceKeys as SavedKeys;
  const deviceKeys: CryptoKeyPair = {
    privateKey: await crypto.subtle.importKey("pkcs8", saved.privateKey, "Ed25519", true, ["sign"]),
    publicKey: await crypto.subtle.importKey("raw", saved.publicKey, "Ed25519", true, ["verify"]),
  };
  const localKey = await crypto.subtle.importKey("raw", saved.localKey, hmac, true, ["sign"]);
  return { ...record, deviceKeys, localKey };
}
