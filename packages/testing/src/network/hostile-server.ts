/**
 * A server that lies: it stands between one client and the honest server, reads every frame and gives on whatever it
 * likes. It cannot forge what devices sealed or signed, as no server can.
 */
import type { Sockets } from "@nimes/client/ports/socket";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";

export type Lies = {
  /** What becomes of a frame of the server: itself, another one, several, none. */
  toClient?: (frame: ServerFrame) => readonly ServerFrame[];
  /** What the server says itself to a frame of the client, which then goes no further; undefined lets it through. */
  swallow?: (frame: ClientFrame) => readonly ServerFrame[] | undefined;
};

export const hostileSockets = (inner: Sockets, { toClient, swallow }: Lies): Sockets => ({
  open(url, events) {
    const socket = inner.open(url, {
      ...events,
      message(bytes) {
        const frame = decodeCbor(ServerFrame, bytes);
        if (!frame.ok) throw new Error("the honest server sends only what the protocol knows");
        for (const told of toClient?.(frame.value) ?? [frame.value]) events.message(encodeCbor(told));
      },
    });
    return {
      close: socket.close,
      send(bytes) {
        const frame = decodeCbor(ClientFrame, bytes);
        if (!frame.ok) throw new Error("a client sends only what the protocol knows");
        const said = swallow?.(frame.value);
        if (!said) socket.send(bytes);
        else for (const told of said) queueMicrotask(() => events.message(encodeCbor(told)));
      },
    };
  },
});

/**
 * A server that shows one client another log: entry by entry it may leave out, double, change or hold back, and numbers
 * what is left without a gap, so that nothing is seen by counting.
 * @param retell what is shown for an entry; it may keep state.
 */
export function retoldLog(retell: (entry: FullEntry) => readonly Omit<FullEntry, "sequence">[]): Lies {
  let shift = 0;
  return {
    toClient(frame) {
      if (frame.type !== "entries") return [frame];
      const entries = frame.entries.flatMap((entry): Entry[] => {
        if (entry.kind === "expired") return [{ ...entry, sequence: entry.sequence + shift }];
        const shown = retell(entry);
        const from = entry.sequence + shift;
        shift += shown.length - 1;
        return shown.map((one, index) => ({ ...one, sequence: from + index }));
      });
      return entries.length > 0 ? [{ ...frame, entries }] : [];
    },
  };
}
