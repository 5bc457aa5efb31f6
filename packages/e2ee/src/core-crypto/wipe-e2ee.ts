/** Deletes what core-crypto has stored. */

/** core-crypto keeps the blocks of all its stores in one database, by the name of the store and the place in it. */
const databaseName = "core-crypto";
const blocksName = "blocks";

/**
 * Deletes a store of the encryption, which must be closed. What deleting leaves on the disk, and what core-crypto keeps of
 * it in memory until the worker or process ends, is encrypted, and its key goes with the capsule.
 * @param storeName as it was opened; undefined for every store there is.
 */
export async function wipeE2ee(storeName: string | undefined): Promise<void> {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  if (names.includes(databaseName)) await deleteBlocks(storeName);
  // Beside the blocks core-crypto makes an empty database that is called as the store.
  if (storeName !== undefined && names.includes(storeName)) indexedDB.deleteDatabase(storeName);
}

async function deleteBlocks(storeName: string | undefined): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(databaseName);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    if (!database.objectStoreNames.contains(blocksName)) return;
    const transaction = database.transaction(blocksName, "readwrite", { durability: "strict" });
    const blocks = transaction.objectStore(blocksName);
    if (storeName === undefined) blocks.clear();
    else blocks.delete(IDBKeyRange.bound([storeName], [storeName, []]));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
