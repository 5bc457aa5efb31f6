/** The storage in IndexedDB, one object store per table. */
import type { DBSchema, IDBPDatabase } from "idb";
import { deleteDB, openDB } from "idb";
import type { Storage, StorageChange, StorageTable } from "../../ports/storage.ts";
import { storageTables } from "../../ports/storage.ts";
import type { Durability, Key, Stretch } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";

type Schema = DBSchema & { [T in StorageTable]: { key: (string | number)[]; value: unknown } };

/** Where releases before the capsule kept everything, readable. */
const oldName = "nimes";

/** @param name of the database. */
export async function openIndexedDbStorage(name: string): Promise<Storage> {
  const database = await openDB<Schema>(name, 1, {
    upgrade(fresh) {
      for (const table of storageTables) fresh.createObjectStore(table);
    },
  });
  return {
    async getMany(table, keys) {
      if (keys.length === 0) return [];
      const store = database.transaction(table).store;
      return Promise.all(keys.map((key) => store.get([...key])));
    },
    list: (table, stretch) => list(database, table, stretch),
    write: (changes, durability) => write(database, changes, durability),
    async hasOldFormat() {
      return (await indexedDB.databases()).some((one) => one.name === oldName);
    },
    async destroy() {
      const transaction = database.transaction(storageTables, "readwrite", { durability: "strict" });
      await Promise.all([
        ...storageTables.map((table) => transaction.objectStore(table).clear()),
        transaction.done,
      ]);
      await deleteDB(oldName);
    },
    async close() {
      database.close();
    },
  };
}

async function list(
  database: IDBPDatabase<Schema>,
  table: StorageTable,
  stretch: Stretch,
): Promise<{ key: Key; record: unknown }[]> {
  const range = rangeOf(stretch);
  const store = database.transaction(table).store;
  if (!stretch.newestFirst) {
    const [keys, records] = await Promise.all([
      store.getAllKeys(range, stretch.limit),
      store.getAll(range, stretch.limit),
    ]);
    return keys.map((key, index) => ({ key, record: records[index] }));
  }
  const rows: { key: Key; record: unknown }[] = [];
  let cursor = await store.openCursor(range, "prev");
  while (cursor && rows.length < (stretch.limit ?? Number.POSITIVE_INFINITY)) {
    rows.push({ key: cursor.primaryKey, record: cursor.value });
    cursor = await cursor.continue();
  }
  return rows;
}

/** An empty array sorts behind every string and number: it closes the keys that begin with the prefix. */
function rangeOf({ prefix, after, before }: Stretch): IDBKeyRange {
  const lower: Key = after ?? prefix;
  const upper = before ?? [...prefix, []];
  return IDBKeyRange.bound([...lower], upper, after !== undefined, true);
}

async function write(
  database: IDBPDatabase<Schema>,
  changes: readonly StorageChange[],
  durability: Durability,
): Promise<void> {
  if (changes.length === 0) return;
  const touched = [...new Set(changes.map((change) => ("put" in change ? change.put : change.delete)))];
  const transaction = database.transaction(touched, "readwrite", { durability });
  const requests: Promise<unknown>[] = [];
  try {
    for (const change of changes)
      requests.push(
        "put" in change
          ? transaction.objectStore(change.put).put(change.record, [...change.key])
          : transaction.objectStore(change.delete).delete([...change.key]),
      );
    await Promise.all([...requests, transaction.done]);
  } catch (error) {
    await abort(transaction, requests);
    if (error instanceof DOMException && error.name === "QuotaExceededError") throw new StoreFull();
    throw error;
  }
}

/** A record that cannot be stored throws before the transaction knows: what stands before it would be kept. */
async function abort(
  transaction: { abort(): void; done: Promise<void> },
  requests: readonly Promise<unknown>[],
): Promise<void> {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
  // Rejections that nobody takes would be reported on top of the one that is thrown.
  await Promise.allSettled([...requests, transaction.done]);
}
