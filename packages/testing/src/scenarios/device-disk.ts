/** The whole disk of a device, as somebody copies it and puts it back: its storage, and the encryption's own database. */
import type { Storage, StorageTable } from "@nimes/client/ports/storage";
import { storageTables } from "@nimes/client/ports/storage";
import type { Key } from "@nimes/client/ports/store";
import { parseClientId } from "@nimes/protocol/ids";
import type { Officer } from "./officers.ts";

type Row = { key: IDBValidKey; value: unknown };

/** @returns a function that puts everything back as it was. The client has to be closed both times. */
export async function copyDisk({ ports: { storage }, me }: Officer): Promise<() => Promise<void>> {
  const device = parseClientId(me.clientId)?.deviceId;
  const ofDevice = IDBKeyRange.bound([`nimes-mls-${device}`], [`nimes-mls-${device}`, []]);
  const records = await Promise.all(
    storageTables.map(async (table) => ({ table, rows: await storage.list(table, { prefix: [] }) })),
  );
  const blocks = await withBlocks(async (store) => {
    const [keys, values] = await Promise.all([
      asPromise(store.getAllKeys(ofDevice)),
      asPromise(store.getAll(ofDevice)),
    ]);
    return keys.map((key, index): Row => ({ key, value: values[index] }));
  });
  if (blocks.length === 0) throw new Error("the encryption has a database");
  return async () => {
    for (const { table, rows } of records) await putBack(storage, table, rows);
    await withBlocks(async (store) => {
      await asPromise(store.delete(ofDevice));
      // Inline keys stand in the values.
      for (const { key, value } of blocks)
        await asPromise(store.keyPath === null ? store.put(value, key) : store.put(value));
    });
  };
}

async function putBack(
  storage: Storage,
  table: StorageTable,
  rows: readonly { key: Key; record: unknown }[],
): Promise<void> {
  const now = await storage.list(table, { prefix: [] });
  await storage.write(
    [
      ...now.map(({ key }) => ({ delete: table, key })),
      ...rows.map(({ key, record }) => ({ put: table, key, record })),
    ],
    "strict",
  );
}

async function withBlocks<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await asPromise(indexedDB.open("core-crypto"));
  try {
    return await work(database.transaction("blocks", "readwrite").objectStore("blocks"));
  } finally {
    database.close();
  }
}

const asPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
