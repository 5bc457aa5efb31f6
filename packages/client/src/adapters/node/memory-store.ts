/**
 * The store in memory, for simulated officers and tests. Behaves as the one in IndexedDB does: values are copies, keys
 * are ordered, a batch is all or nothing.
 */
import type { Change, Key, Row, Store, Stretch, TableName, Tables } from "../../ports/store.ts";
import { tableNames } from "../../ports/store.ts";

type AnyRow = { key: Key; record: unknown };
/** Rows in key order. */
type Table = AnyRow[];

export function createMemoryStore(): Store {
  const tables = new Map<TableName, Table>(tableNames.map((name) => [name, []]));
  const table = (name: TableName): Table => tables.get(name) ?? [];

  return {
    async get<T extends TableName>(name: T, key: Tables[T]["key"]) {
      const rows = table(name);
      const row = rows[firstAtOrAfter(rows, key)];
      if (!row || compareKeys(row.key, key) !== 0) return undefined;
      return structuredClone(row.record) as Tables[T]["record"];
    },
    async list<T extends TableName>(name: T, stretch: Stretch) {
      const rows = within(table(name), stretch);
      if (stretch.newestFirst) rows.reverse();
      return rows
        .slice(0, stretch.limit)
        .map(({ key, record }) => ({ key, record: structuredClone(record) }) as Row<T>);
    },
    async write(changes: readonly Change[]) {
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

const hasPrefix = (key: Key, prefix: Key): boolean => prefix.every((part, index) => key[index] === part);

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

function compareKeys(a: Key, b: Key): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareParts(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  if (a === b) return 0;
  return (a ?? 0) < (b ?? 0) ? -1 : 1;
}
