import "fake-indexeddb/auto";
import { deserialize, serialize } from "node:v8";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test } from "vitest";
import type { DatabaseCopy } from "./indexed-db-copy.ts";
import { copyDatabases, restoreDatabases } from "./indexed-db-copy.ts";

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function fill(): Promise<void> {
  const opening = indexedDB.open("core-crypto", 7);
  opening.onupgradeneeded = () => {
    const inline = opening.result.createObjectStore("inline", { keyPath: "id" });
    inline.createIndex("by-name", "name", { unique: true });
    inline.put({ id: 1, name: "eins", bytes: new Uint8Array([1, 2, 3]) });
    inline.put({ id: 2, name: "zwei", bytes: new ArrayBuffer(3) });
    opening.result.createObjectStore("outside").put(new Uint8Array([9]), ["path", 4]);
    opening.result.createObjectStore("counted", { keyPath: "n", autoIncrement: true }).put({ text: "a" });
    opening.result.createObjectStore("empty");
  };
  (await done(opening)).close();
}

test("a database that was written to a file and read again is the same, indexes and all", async () => {
  await fill();
  const copies = deserialize(serialize(await copyDatabases())) as DatabaseCopy[];
  globalThis.indexedDB = new IDBFactory();
  await restoreDatabases(copies);
  expect(await copyDatabases()).toEqual(copies);
  const database = await done(indexedDB.open("core-crypto"));
  expect(database.version).toBe(7);
  const stores = database.transaction(["inline", "counted"], "readwrite");
  expect(await done(stores.objectStore("inline").index("by-name").get("eins"))).toMatchObject({ id: 1 });
  expect(await done(stores.objectStore("counted").put({ text: "b" }))).toBe(2);
  database.close();
});

test("without databases there is nothing to copy and nothing to restore", async () => {
  expect(await copyDatabases()).toEqual([]);
  await restoreDatabases([]);
  expect(await indexedDB.databases()).toEqual([]);
});
