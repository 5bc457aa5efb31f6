/**
 * The storage in memory, for simulated officers and tests. Behaves as the one in IndexedDB does: values are copies, keys
 * are ordered, a batch is all or nothing.
 */
import { compareKeys, hasPrefix } from "../../core/keys-in-order.ts";
import type { Storage, StorageTable } from "../../ports/storage.ts";
import { storageTables } from "../../ports/storage.ts";
import type { Key, Stretch } from "../../ports/store.ts";

type AnyRow = { key: Key; record: unknown };
/** Rows in key order. */
type Table = AnyRow[];

export function createMemoryStorage(): Storage {
  const tables = new Map<StorageTable, Table>();
  const table = (name: StorageTable): Table => {
    const rows = tables.get(name) ?? [];
    tables.set(name, rows);
    return rows;
  };

  return {
    async getMany(name, keys) {
      return keys.map((key) => {
        const rows = table(name);
        const row = rows[firstAtOrAfter(rows, key)];
        return row && compareKeys(row.key, key) === 0 ? structuredClone(row.record) : undefined;
      });
    },
    async list(name, stretch) {
      const rows = within(table(name), stretch);
      if (stretch.newestFirst) rows.reverse();
      return rows
        .slice(0, stretch.limit)
        .map(({ key, record }) => ({ key, record: structuredClone(record) }));
    },
    async write(changes) {
      // Cloned before anything is touched: a record that cannot be stored leaves everything as it was.
      const prepared = changes.map((change) =>
        "put" in change
          ? {
              name: change.put,
              key: change.key,
              row: { key: change.key, record: structuredClone(change.record) },
            }
          : { name: change.delete, key: change.key, row: undefined },
      );
      for (const { name, key, row } of prepared) place(table(name), key, row);
    },
    hasOldFormat: async () => false,
    async destroy() {
      for (const name of storageTables) tables.delete(name);
    },
    async close() {},
  };
}

function place(rows: Table, key: Key, row: AnyRow | undefined): void {
  const index = firstAtOrAfter(rows, key);
  const found = rows[index];
  const exists = found !== undefined && compareKeys(found.key, key) === 0;
  rows.splice(index, exists ? 1 : 0, ...(row ? [row] : []));
}

function within(rows: Table, { prefix, after, before }: Stretch): Table {
  const start = after ? firstAfter(rows, after) : firstAtOrAfter(rows, prefix);
  const kept: Table = [];
  for (const row of rows.slice(start)) {
    if (!hasPrefix(row.key, prefix) || (before && compareKeys(row.key, before) >= 0)) break;
    kept.push(row);
  }
  return kept;
}

/** Index of the first row whose key satisfies a condition that holds from some row on. */
function firstIndex(rows: Table, reached: (key: Key) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row && reached(row.key)) high = middle;
    else low = middle + 1;
  }
  return low;
}
const firstAtOrAfter = (rows: Table, key: Key) => firstIndex(rows, (other) => compareKeys(other, key) >= 0);
const firstAfter = (rows: Table, key: Key) => firstIndex(rows, (other) => compareKeys(other, key) > 0);
