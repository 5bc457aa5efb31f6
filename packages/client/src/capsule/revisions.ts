/**
 * Which revision of which block counts (TESTS C2). Every write has a number, the revision of all blocks it writes; the
 * sealed journal names them, and a sealed snapshot replaces the journal now and then.
 *
 * A block that somebody has swapped, taken away or set back does not have the revision that stands here, and is noticed
 * when it is read. Only the image of the whole disk can be set back to an earlier moment unnoticed here, since nothing on
 * the disk is newer than itself; the server's log then shows entries of this device that it does not know.
 */
import { compareKeys } from "../core/keys-in-order.ts";
import type { Key, Stretch, TableName } from "../ports/store.ts";
import { type Block, keyText, mayHold } from "./blocks.ts";

export type BlockRevision = { block: Block; revision: number };

/** One write, as the journal keeps it. */
export type JournalEntry = {
  revision: number;
  /** The write before it. */
  previous: number;
  /** Blocks with what became of them. */
  blocks: [table: TableName, key: Key, present: boolean][];
};

/** Everything at one moment, grouped so that a room's id stands in it once for each table. */
export type Snapshot = {
  revision: number;
  groups: [table: TableName, first: string | number, blocks: [rest: Key, revision: number][]][];
};

export type Revisions = {
  /** The newest write. */
  last(): number;
  of(block: Block): number | undefined;
  /** Blocks that may hold something of a stretch, in order. */
  within(table: TableName, stretch: Stretch): BlockRevision[];
  /** @returns false when the entry does not follow the last write. */
  apply(entry: JournalEntry): boolean;
  snapshot(): Snapshot;
};

type Group = Map<string, BlockRevision>;

export function createRevisions(start: Snapshot): Revisions {
  const tables = new Map<TableName, Map<string | number, Group>>();
  let last = start.revision;

  function groupOf(table: TableName, first: string | number): Group {
    const groups = tables.get(table) ?? new Map<string | number, Group>();
    tables.set(table, groups);
    const group = groups.get(first) ?? new Map<string, BlockRevision>();
    groups.set(first, group);
    return group;
  }
  const firstOf = (key: Key): string | number => key[0] ?? "";

  for (const [table, first, blocks] of start.groups) {
    const group = groupOf(table, first);
    for (const [rest, revision] of blocks) {
      const key = [first, ...rest];
      group.set(keyText(key), { block: { table, key }, revision });
    }
  }

  return {
    last: () => last,
    of: ({ table, key }) => tables.get(table)?.get(firstOf(key))?.get(keyText(key))?.revision,
    within(table, stretch) {
      const groups = tables.get(table);
      if (!groups) return [];
      const [first] = stretch.prefix;
      const chosen = first === undefined ? [...groups.values()] : [groups.get(first) ?? new Map()];
      return chosen
        .flatMap((group: Group) => [...group.values()])
        .filter(({ block }) => mayHold(block, stretch))
        .sort((a, b) => compareKeys(a.block.key, b.block.key));
    },
    apply({ revision, previous, blocks }) {
      if (previous !== last || revision <= last) return false;
      for (const [table, key, present] of blocks) {
        const group = groupOf(table, firstOf(key));
        if (present) group.set(keyText(key), { block: { table, key }, revision });
        else group.delete(keyText(key));
        if (group.size === 0) tables.get(table)?.delete(firstOf(key));
      }
      last = revision;
      return true;
    },
    snapshot: () => ({
      revision: last,
      groups: [...tables].flatMap(([table, groups]) =>
        [...groups].map(([first, group]): Snapshot["groups"][number] => [
          table,
          first,
          [...group.values()].map(({ block, revision }) => [block.key.slice(1), revision]),
        ]),
      ),
    }),
  };
}
