/**
 * The store inside the capsule (DESIGN §5): every record is sealed with AES-256-GCM, bound to its store, its key and its
 * revision, and its name says nothing. What lies on the disk gives nothing away but how much there is, and what somebody
 * changes there is noticed when it is read.
 */
import { utf8 } from "@nimes/protocol/bytes";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import { compareKeys, isWithin } from "../core/keys-in-order.ts";
import type { Storage, StorageChange } from "../ports/storage.ts";
import type { Durability, Key, Row, Store, Stretch, TableName, Tables, Write } from "../ports/store.ts";
import { StoreClosed, StoreFull } from "../ports/store.ts";
import { type Block, type BlockRow, type BlockRows, blockKeyOf, isShared, keyText } from "./blocks.ts";
import { CapsuleDamaged } from "./capsule-damaged.ts";
import type { CapsuleKeys } from "./keys.ts";
import { createOpenedBlocks } from "./opened-blocks.ts";
import { createRecordNames } from "./record-names.ts";
import { openRevisionLog } from "./revision-log.ts";
import type { BlockRevision, JournalEntry } from "./revisions.ts";
import { seal, unseal } from "./seal.ts";

type Job = {
  changes: readonly Write[];
  durability: Durability;
  resolve(): void;
  reject(error: unknown): void;
};
type NextBlock = { block: Block; rows: Map<string, BlockRow> };

/** @throws CapsuleDamaged when the revisions are not whole. */
export async function openSealedStore(storage: Storage, keys: CapsuleKeys): Promise<Store> {
  const log = await openRevisionLog(storage, keys);
  const { revisions } = log;
  const nameOf = createRecordNames(keys.nameKey);
  const opened = createOpenedBlocks();
  const queue: Job[] = [];
  let writing: Promise<void> | undefined;
  let closed = false;

  const readRaw = (table: TableName, blocks: readonly Block[]): Promise<unknown[]> =>
    storage.getMany(
      table,
      blocks.map(({ key }) => nameOf(table, key)),
    );

  /** @returns undefined when this is not that revision of the block. */
  async function openBlock({ block, revision }: BlockRevision, raw: unknown): Promise<BlockRows | undefined> {
    if (!(raw instanceof Uint8Array)) return undefined;
    const bytes = await unseal(await keys.storeKey(block.table), raw, boundTo(block, revision));
    if (!bytes) return undefined;
    const rows = decodeOwnCbor(bytes) as [Key, unknown][];
    return new Map(rows.map(([key, record]) => [keyText(key), { key, record }]));
  }

  /** The rows of blocks of one table, in the same order. @param again what else may be there instead. */
  async function load(
    table: TableName,
    wanted: readonly BlockRevision[],
    again: (expected: BlockRevision) => Promise<BlockRows>,
  ): Promise<BlockRows[]> {
    const known = wanted.map(({ block }) => opened.get(block));
    const missing = wanted.filter((_, index) => !known[index]);
    const raw = await readRaw(
      table,
      missing.map(({ block }) => block),
    );
    const rows = await Promise.all(
      missing.map(async (one, index) => (await openBlock(one, raw[index])) ?? (await again(one))),
    );
    for (const [index, one] of missing.entries()) {
      const whole = rows[index];
      if (whole && isShared(table) && revisions.of(one.block) === one.revision) opened.put(one.block, whole);
    }
    return known.map((hit) => hit ?? rows.shift() ?? new Map());
  }

  /** A block that does not open as it was expected to: a write has just changed it, or somebody else has. */
  async function loadAgain(expected: BlockRevision): Promise<BlockRows> {
    const { block } = expected;
    for (let revision: number | undefined = expected.revision; ; ) {
      await writing;
      const now = revisions.of(block);
      if (now === undefined) return new Map();
      const [raw] = await readRaw(block.table, [block]);
      const rows = await openBlock({ block, revision: now }, raw);
      if (rows) return rows;
      if (now === revision && !writing) return isDamaged(expected);
      revision = now;
    }
  }

  /** To the one who writes, nothing can have changed meanwhile. */
  const isDamaged = async ({ block }: BlockRevision): Promise<BlockRows> => {
    throw new CapsuleDamaged(`a record of "${block.table}" does not open`);
  };

  async function rowsOf(block: Block, again = loadAgain): Promise<BlockRows> {
    const revision = revisions.of(block);
    if (revision === undefined) return new Map();
    const [rows = new Map()] = await load(block.table, [{ block, revision }], again);
    return rows;
  }

  async function list<T extends TableName>(table: T, stretch: Stretch): Promise<Row<T>[]> {
    const direction = stretch.newestFirst ? -1 : 1;
    const limit = stretch.limit ?? Number.POSITIVE_INFINITY;
    const blocks = revisions.within(table, stretch);
    if (stretch.newestFirst) blocks.reverse();
    const step = limit === Number.POSITIVE_INFINITY ? Math.max(1, blocks.length) : 2;
    const found: BlockRow[] = [];
    for (let at = 0; at < blocks.length && found.length < limit; at += step)
      for (const rows of await load(table, blocks.slice(at, at + step), loadAgain))
        found.push(
          ...[...rows.values()]
            .filter(({ key }) => isWithin(key, stretch))
            .sort((a, b) => direction * compareKeys(a.key, b.key)),
        );
    return found
      .slice(0, stretch.limit)
      .map(({ key, record }) => ({ key, record: structuredClone(record) }) as Row<T>);
  }

  /** What writes make of the blocks that they touch. */
  async function nextBlocks(jobs: readonly Job[]): Promise<NextBlock[]> {
    const next = new Map<string, NextBlock>();
    for (const change of jobs.flatMap(({ changes }) => changes)) {
      const table = "put" in change ? change.put : change.delete;
      const block: Block = { table, key: blockKeyOf(table, change.key) };
      const name = table + keyText(block.key);
      const before = next.get(name)?.rows ?? new Map(isShared(table) ? await rowsOf(block, isDamaged) : []);
      if ("put" in change) before.set(keyText(change.key), { key: change.key, record: change.record });
      else before.delete(keyText(change.key));
      next.set(name, { block, rows: before });
    }
    return [...next.values()];
  }

  async function sealBlock({ block, rows }: NextBlock, revision: number): Promise<StorageChange> {
    const { table } = block;
    const key = nameOf(table, block.key);
    if (rows.size === 0) return { delete: table, key };
    const bytes = encodeCbor([...rows.values()].map((row) => [row.key, row.record]));
    const record = await seal(await keys.storeKey(table), bytes, boundTo(block, revision));
    return { put: table, key, record };
  }

  async function commit(jobs: readonly Job[]): Promise<void> {
    const blocks = await nextBlocks(jobs);
    const previous = revisions.last();
    const entry: JournalEntry = {
      revision: previous + 1,
      previous,
      blocks: blocks.map(({ block, rows }) => [block.table, block.key, rows.size > 0]),
    };
    const [sealed, journal] = await Promise.all([
      Promise.all(blocks.map((block) => sealBlock(block, entry.revision))),
      log.changesFor(entry),
    ]);
    const durability = jobs.some((job) => job.durability === "strict") ? "strict" : "relaxed";
    await storage.write([...sealed, ...journal], durability);
    log.written(entry);
    for (const { block, rows } of blocks)
      if (rows.size === 0) opened.drop(block);
      else if (isShared(block.table)) opened.put(block, rows);
  }

  /** Whatever waits goes in one batch: many rooms catch up with one wait for the disk. */
  async function commitAll(jobs: readonly Job[]): Promise<void> {
    try {
      await commit(jobs);
      for (const job of jobs) job.resolve();
    } catch (error) {
      // One that is too large for the disk must not take the others with it.
      if (error instanceof StoreFull && jobs.length > 1) for (const job of jobs) await commitAll([job]);
      else for (const job of jobs) job.reject(error);
    }
  }

  function pump(): void {
    if (writing || queue.length === 0) return;
    writing = commitAll(queue.splice(0)).finally(() => {
      writing = undefined;
      pump();
    });
  }

  const mustBeOpen = (): void => {
    if (closed) throw new StoreClosed("the capsule is closed");
  };
  return {
    async get<T extends TableName>(table: T, key: Tables[T]["key"]) {
      mustBeOpen();
      const rows = await rowsOf({ table, key: blockKeyOf(table, key) });
      const row = rows.get(keyText(key));
      return row && (structuredClone(row.record) as Tables[T]["record"]);
    },
    async list<T extends TableName>(table: T, stretch: Stretch) {
      mustBeOpen();
      return list(table, stretch);
    },
    async write(changes, durability) {
      mustBeOpen();
      if (changes.length === 0) return;
      // Copied before anything waits: what the caller changes afterwards is not written.
      const copies = changes.map(copyOf);
      await new Promise<void>((resolve, reject) => {
        queue.push({ changes: copies, durability, resolve, reject });
        pump();
      });
    },
    async close() {
      closed = true;
      while (writing) await writing;
      opened.clear();
    },
  };
}

const copyOf = (change: Write): Write =>
  "put" in change ? ({ ...change, record: structuredClone(change.record) } as Write) : change;

const boundTo = ({ table, key }: Block, revision: number): Uint8Array =>
  utf8(JSON.stringify(["NIMes/record/v1", table, key, revision]));
