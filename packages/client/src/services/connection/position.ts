/** Where this device stands, as it tells the server with every hello. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { HelloFrame } from "@nimes/protocol/frames/client-frames";
import { limits } from "@nimes/protocol/limits";
import type { Store } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";
import type { RoomRecords } from "../rooms/room-records.ts";

export type Position = {
  now(): Pick<HelloFrame, "cursors" | "inboxSequence" | "stamp">;
  /**
   * The server's own words of how far it has come: they say nothing here, and are given back as they were. Should its whole machine
   * be set back, it learns of it by them.
   */
  keepStamp(stamp: Uint8Array): Promise<void>;
};

export async function loadPosition({
  store,
  records,
}: {
  store: Store;
  records: RoomRecords;
}): Promise<Position> {
  let stamp = (await store.get("positions", ["server"]))?.stamp;
  return {
    now: () => ({
      cursors: records
        .all()
        // Where this device came in is asked for until a member has confirmed it; from before a restored backup, likewise.
        .filter(({ standing, entrance }) => ["member", "founding"].includes(standing.state) && !entrance)
        .slice(0, limits.maxCursors)
        .map(({ roomId, cursor, restored }) => ({ roomId, sequence: restored?.before.cursor ?? cursor })),
      // What is done is acknowledged, and then gone; a number of the server's says nothing of what is still to come.
      inboxSequence: 0,
      ...(stamp && { stamp }),
    }),
    async keepStamp(next) {
      if (stamp && equalBytes(stamp, next)) return;
      try {
        await store.write(
          [{ put: "positions", key: ["server"], record: { sequence: 0, stamp: next } }],
          "relaxed",
        );
        stamp = next;
      } catch (error) {
        // Without space the earlier one stays, which tells as well.
        if (!(error instanceof StoreFull)) throw error;
      }
    },
  };
}
