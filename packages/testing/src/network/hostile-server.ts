/**
 * A server that lies: it stands between one client and the honest server, reads every frame and gives on whatever it
 * likes. It cannot forge what devices sealed or signed, as no server can.
 */
import type { Sockets } from "@nimes/client/ports/socket";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";

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
 * what is left without a gap, so that nothing is seen by counting. It stands by it: asked again, it shows the same.
 * @param retell what is shown for an entry, asked once for each; it may keep state.
 */
export function retoldLog(retell: (entry: FullEntry) => readonly Omit<FullEntry, "sequence">[]): Lies {
  const logs = new Map<RoomId, { shown: Entry[]; next: number; upTo: number }>();
  return {
    toClient(frame) {
      if (frame.type === "signed-in") {
        const again = [...logs].filter(([, { shown }]) => shown.length > 0);
        return [
          frame,
          ...again.map(([roomId, { shown }]) => ({ type: "entries" as const, roomId, entries: shown })),
        ];
      }
      if (frame.type !== "entries") return [frame];
      const log = logs.get(frame.roomId) ?? { shown: [], next: frame.entries[0]?.sequence ?? 1, upTo: 0 };
      logs.set(frame.roomId, log);
      const entries = frame.entries.flatMap((entry): Entry[] => {
        if (entry.sequence <= log.upTo) return [];
        log.upTo = entry.sequence;
        const shown = "bytes" in entry ? retell(entry) : [entry];
        return shown.map((one) => ({ ...one, sequence: log.next++ }));
      });
      log.shown.push(...entries);
      return entries.length > 0 ? [{ ...frame, entries }] : [];
    },
  };
}

/** A server that tells single entries wrongly, where they stand; asked again, it may say something else. */
export const toldWrongly = (tell: (entry: FullEntry) => Entry): Lies => ({
  toClient: (frame) =>
    frame.type === "entries"
      ? [
          {
            ...frame,
            entries: frame.entries.map((entry) => ("bytes" in entry ? tell(entry) : entry)),
          },
        ]
      : [frame],
});
