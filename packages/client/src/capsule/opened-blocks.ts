/** Blocks that were opened lately: a room that is being read or filled is not opened again for every message. */
import { type Block, type BlockRows, keyText } from "./blocks.ts";

const maxBlocks = 256;

export type OpenedBlocks = {
  get(block: Block): BlockRows | undefined;
  put(block: Block, rows: BlockRows): void;
  drop(block: Block): void;
  clear(): void;
};

export function createOpenedBlocks(): OpenedBlocks {
  /** Least lately used first. */
  const blocks = new Map<string, BlockRows>();
  const nameOf = ({ table, key }: Block): string => table + keyText(key);

  return {
    get(block) {
      const name = nameOf(block);
      const rows = blocks.get(name);
      if (!rows) return undefined;
      blocks.delete(name);
      blocks.set(name, rows);
      return rows;
    },
    put(block, rows) {
      const name = nameOf(block);
      blocks.delete(name);
      blocks.set(name, rows);
      const [oldest] = blocks.keys();
      if (blocks.size > maxBlocks && oldest !== undefined) blocks.delete(oldest);
    },
    drop: (block) => void blocks.delete(nameOf(block)),
    clear: () => blocks.clear(),
  };
}
