/**
 * SQLite alone: rows of the size of an entry, several in a transaction, each transaction on the disk before the next
 * begins. No rules, no index but the place in the room, no hash, no socket: what is above it, ours adds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parentPort } from "node:worker_threads";
import Database from "better-sqlite3";
import type { BareRowsJob, BareRun } from "./bare-messages.ts";

const rooms = 50;
const hash = new Uint8Array(32).fill(7);
const idText = "0".repeat(64);
const clientIdText = "0".repeat(120);

parentPort?.on("message", (job: BareRowsJob) => parentPort?.postMessage(insertFor(job)));

function insertFor({ folder, durationMs, batchRows, rowBytes }: BareRowsJob): BareRun {
  const own = mkdtempSync(join(folder, "bare-"));
  const database = new Database(join(own, "rows.db"));
  try {
    const insertBatch = prepareInsert(database, new Uint8Array(rowBytes).fill(7));
    const processor = process.threadCpuUsage();
    const began = performance.now();
    let rows = 0;
    while (performance.now() - began < durationMs) {
      insertBatch(rows, batchRows);
      rows += batchRows;
    }
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.threadCpuUsage(processor);
    return { rows, seconds, processorSeconds: (user + system) / 1e6 };
  } finally {
    database.close();
    rmSync(own, { recursive: true });
  }
}

/** The durability of the server's database (open-database.ts), and nothing else of it. */
function prepareInsert(
  database: Database.Database,
  bytes: Uint8Array,
): (from: number, count: number) => void {
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(
    `CREATE TABLE rows (room_id TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, epoch INTEGER NOT NULL,
       sender TEXT NOT NULL, device_id TEXT NOT NULL, submission_id TEXT NOT NULL, submission_hash BLOB NOT NULL,
       time INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (room_id, sequence)) STRICT`,
  );
  const insert = database.prepare("INSERT INTO rows VALUES (?, ?, 'application', 1, ?, ?, ?, ?, ?, ?, ?)");
  const roomIds = Array.from({ length: rooms }, (_, room) => String(room).padStart(idText.length, "0"));
  return database.transaction((from: number, count: number) => {
    for (let row = from; row < from + count; row += 1)
      insert.run(roomIds[row % rooms], row, clientIdText, idText, idText, hash, Date.now(), hash, bytes);
  }).immediate;
}
