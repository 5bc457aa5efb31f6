/**
 * How a server learns that its whole machine was set back: both files are old, fit each other, and know of nothing. Its phones
 * do. Each keeps the newest stamp, which says how far the server had come and which only this server can make, and shows it
 * with its hello. One that is ahead of the files proves that they are older than what was once written. A cursor beyond the
 * head of a log would say so, too, but anybody can say a number: nobody shall have a sound server begin anew for everybody.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { Bytes32, Closed, Count } from "@nimes/protocol/schema";
import type { Stamps } from "../ports/stamps.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { beginGeneration, readTwin } from "./twins.ts";

const Stamp = Closed({ generation: Count, mark: Count, mac: Bytes32 });

/** @param now server's clock, milliseconds: what stands in the logs up to now was there at this start. */
export function sqliteStamps(database: SqliteDatabase, now: () => number): Stamps {
  const startedAt = now();
  const current = () => {
    const twin = readTwin(database, "main");
    if (!twin) throw new Error("an open database has a mark");
    return twin;
  };
  return {
    newest() {
      const { lineage, generation, mark } = current();
      return Uint8Array.from(encodeCbor({ generation, mark, mac: macOf(lineage, { generation, mark }) }));
    },
    show(stamp) {
      const shown = decodeCbor(Stamp, stamp);
      const twin = current();
      if (!shown.ok || !timingSafeEqual(shown.value.mac, macOf(twin.lineage, shown.value))) return false;
      const { generation, mark } = shown.value;
      const isAhead = generation > twin.generation || (generation === twin.generation && mark > twin.mark);
      if (!isAhead) return false;
      const next = {
        lineage: twin.lineage,
        mark: Math.max(mark, twin.mark) + 1,
        generation: Math.max(generation, twin.generation) + 1,
      };
      beginGeneration(database, { before: twin, twin: next, now: now(), since: startedAt });
      return true;
    },
  };
}

/** The lineage is known to this server and its backups alone. */
const macOf = (lineage: Uint8Array, { generation, mark }: { generation: number; mark: number }): Uint8Array =>
  Uint8Array.from(createHmac("sha256", lineage).update(`NIMes/stamp/v1 ${generation} ${mark}`).digest());
