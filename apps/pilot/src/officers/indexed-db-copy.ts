/**
 * IndexedDB databases as plain values, through its public interface: core-crypto keeps its state there, and in Node it is
 * gone with the process otherwise.
 */

export type DatabaseCopy = { name: string; version: number; stores: StoreCopy[] };
type StoreCopy = {
  name: string;
  keyPath: string | string[] | null;
  autoIncrement: boolean;
  indexes: { name: string; keyPath: string | string[]; unique: boolean; multiEntry: boolean }[];
  rows: { key: IDBValidKey; value: unknown }[];
};

/** Copies every database there is. Nobody may write meanwhile. */
export async function copyDatabases(): Promise<DatabaseCopy[]> {
  const copies: DatabaseCopy[] = [];
  for (const { name } of await indexedDB.databases()) if (name) copies.push(await copyDatabase(name));
  return copies;
}

async function copyDatabase(name: string): Promise<DatabaseCopy> {
  const database = await settled(indexedDB.open(name));
  const stores: StoreCopy[] = [];
  for (const storeName of database.objectStoreNames) {
    const store = database.transaction(storeName, "readonly").objectStore(storeName);
    const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
    const indexes = [...store.indexNames].map((index) => {
      const { keyPath, unique, multiEntry } = store.index(index);
      return { name: index, keyPath, unique, multiEntry };
    });
    const { keyPath, autoIncrement } = store;
    const rows = keys.map((key, index) => ({ key, value: values[index] as unknown }));
    stores.push({ name: storeName, keyPath: keyPath as StoreCopy["keyPath"], autoIncrement, indexes, rows });
  }
  const { version } = database;
  database.close();
  return { name, version, stores };
}

/** Makes the databases anew; none of these names may exist. */
export async function restoreDatabases(copies: readonly DatabaseCopy[]): Promise<void> {
  for (const copy of copies) {
    const opening = indexedDB.open(copy.name, copy.version);
    opening.onupgradeneeded = () => {
      for (const { name, keyPath, autoIncrement, indexes, rows } of copy.stores) {
        const store = opening.result.createObjectStore(name, { keyPath, autoIncrement });
        for (const { name: index, keyPath: path, unique, multiEntry } of indexes)
          store.createIndex(index, path, { unique, multiEntry });
        for (const { key, value } of rows) store.put(value, ...(keyPath === null ? [key] : []));
      }
    };
    (await settled(opening)).close();
  }
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
