/**
 * A server that lies: it stands between one client and the honest server, reads every frame the server sends and
 * gives on whatever it likes. It cannot forge what devices sealed or signed, as no server can.
 */
import type { Sockets } from "@nimes/client/ports/socket";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { type EntriesFrame, ServerFrame } from "@nimes/protocol/frames/server-frames";

/** What becomes of a frame: itself, another one, several, none. */
export type Lie = (frame: ServerFrame) => readonly ServerFrame[];

/** @param lie asked for every frame, in order; may keep state of its own. */
export const hostileSockets = (inner: Sockets, lie: Lie): Sockets => ({
  open: (url, events) =>
    inner.open(url, {
      ...events,
      message(bytes) {
        const frame = decodeCbor(ServerFrame, bytes);
        if (!frame.ok) throw new Error("the honest server sends only what the protocol knows");
        for (const told of lie(frame.value)) events.message(encodeCbor(told));
      },
    }),
});

/** A lie about entries only. */
export const lieAboutEntries =
  (lie: (frame: EntriesFrame) => readonly EntriesFrame[]): Lie =>
  (frame) =>
    frame.type === "entries" ? lie(frame) : [frame];
