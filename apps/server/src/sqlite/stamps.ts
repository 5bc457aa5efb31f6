/**
 * How a server learns that its whole machine was set back: both files are old, fit each other, and know of nothing. Its phones
 * do. Each keeps the newest stamp, which says how far the server had come, in which of its runs, and which only this server
 * can make, and shows it with its hello. One that is ahead of the files, or of a run that is not theirs, proves that they are
 * older than what was once written. A cursor beyond the head of a log would say so, too, but anybody can say a number: nobody shall have a sound server begin anew for everybody.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { Bytes, Bytes32, Closed, Count } from "@nimes/protocol/schema";
import * as Type from "typebox";
import type { Stamps } from "../ports/stamps.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";
import { lastRowOf, newestRuns, rowAtParting, runAt, runIdBytes } from "./runs.ts";
import { beginGeneration, readTwin, type Twin } from "./twins.ts";

/** So many tell where two histories parted, in a few bytes. */
const maxRuns = 8;
const Stamp = Closed({
  generation: Count,
  mark: Count,
  /** The run that it is of, and those before it; a server before it had runs gave none. */
  runs: Type.Optional(Type.Array(Bytes(runIdBytes, runIdBytes), { maxItems: maxRuns })),
  mac: Bytes32,
});
type Said = Omit<Type.Static<typeof Stamp>, "mac">;

/** Made before anything is written. @param now server's clock, milliseconds. */
export function sqliteStamps(database: SqliteDatabase, now: () => number): Stamps {
  const rowAtStart = lastRowOf(database);
  const current = () => {
    const twin = readTwin(database, "main");
    if (!twin) throw new Error("an open database has a mark");
    return twin;
  };
  return {
    newest() {
      const { lineage, generation, mark } = current();
      const runs = newestRuns(database, maxRuns).map(plainBytes);
      const said = { generation, mark, runs };
      return Uint8Array.from(encodeCbor({ ...said, mac: macOf(lineage, said) }));
    },
    show(stamp) {
      const shown = decodeCbor(Stamp, stamp);
      const twin = current();
      if (!shown.ok || !timingSafeEqual(shown.value.mac, macOf(twin.lineage, shown.value))) return false;
      if (!isOfLost(shown.value, twin)) return false;
      const { generation, mark, runs = [] } = shown.value;
      const next = {
        lineage: twin.lineage,
        mark: Math.max(mark, twin.mark) + 1,
        generation: Math.max(generation, twin.generation) + 1,
      };
      const afterRow = rowAtParting(database, runs) ?? rowAtStart;
      beginGeneration(database, { before: twin, twin: next, now: now(), afterRow });
      return true;
    },
  };

  /** A stamp of an earlier generation is one of what is known to be lost. */
  function isOfLost({ generation, mark, runs }: Said, twin: Twin): boolean {
    if (generation !== twin.generation) return generation > twin.generation;
    if (mark > twin.mark) return true;
    const own = runs && runAt(database, mark);
    return own !== undefined && !(runs?.[0] && equalBytes(own, runs[0]));
  }
}

/** The lineage is known to this server and its backups alone. */
function macOf(lineage: Uint8Array, { generation, mark, runs }: Said): Uint8Array {
  const said = runs
    ? `NIMes/stamp/v2 ${generation} ${mark} ${runs.map(toHex).join(",")}`
    : `NIMes/stamp/v1 ${generation} ${mark}`;
  return Uint8Array.from(createHmac("sha256", lineage).update(said).digest());
}
