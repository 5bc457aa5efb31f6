/** The store in IndexedDB, one object store per table. */
import type { DBSchema, IDBPDatabase } from "idb";
import { openDB } from "idb";
import type { Change, Durability, Key, Row, Store, Stretch, TableName, Tables } from "../../ports/store.ts";
import { StoreFull, tableNames } from "../../ports/store.ts";

type Schema = DBSchema & { [T in TableName]: { key: (string | number)[]; value: unknown } };

/** @param name of the database. */
export async function openIndexedDbStore(name: string): Promise<Store> {
  const database = await openDB<Schema>(name, 1, {
    upgrade(fresh) {
      for (const table of tableNames) fresh.createObjectStore(table);
    },
  });
  return {
    async get<T extends TableName>(table: T, key: Tables[T]["key"]) {
      return (await database.get(table, [...key])) as Tables[T]["record"] | undefined;
    },
    list: <T extends TableName>(table: T, stretch: Stretch) => list(database, table, stretch),
    write: (changes, durability) => write(database, changes, durability),
    async close() {
      database.close();
    },
  };
}

async function list<T extends TableName>(
  database: IDBPDatabase<Schema>,
  table: T,
  stretch: Stretch,
): Promise<Row<T>[]> {
  const range = rangeOf(stretch);
  const store = database.transaction(table).store;
  if (!stretch.newestFirst) {
    const [keys, records] = await Promise.all([
      store.getAllKeys(range, stretch.limit),
      store.getAll(range, stretch.limit),
    ]);
    return keys.map((key, index) => ({ key, record: records[index] }) as unknown as Row<T>);
  }
  const rows: Row<T>[] = [];
  let cursor = await store.openCursor(range, "prev");
  while (cursor && rows.length < (stretch.limit ?? Number.POSITIVE_INFINITY)) {
    rows.push({ key: cursor.primaryKey, record: cursor.value } as unknown as Row<T>);
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
  changes: readonly Change[],
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
