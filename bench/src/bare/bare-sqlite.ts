/** SQLite alone, on the disk on which the servers of the benches write. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BareRowsJob, BareRun } from "./bare-messages.ts";
import { startBarePart } from "./bare-part.ts";

export type BareSqlite = {
  insertFor(durationMs: number): Promise<BareRun>;
  end(): Promise<void>;
};

export function startBareSqlite(shape: { batchRows: number; rowBytes: number }): BareSqlite {
  const folder = mkdtempSync(join(tmpdir(), "nimes-bench-"));
  const part = startBarePart<BareRowsJob, BareRun>(new URL("./sqlite-rows-worker.ts", import.meta.url));
  return {
    insertFor: (durationMs) => part.ask({ folder, durationMs, ...shape }),
    async end() {
      await part.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
