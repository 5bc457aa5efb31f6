/** Listens to what a device acknowledges: everything up to there is on its disk. */
import type { Sockets } from "@nimes/client/ports/socket";
import { decodeCbor } from "@nimes/protocol/cbor";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";

export type AckWatcher = {
  watch(inner: Sockets): Sockets;
  /** 0 before the first acknowledgement. */
  upTo(roomId: RoomId): number;
};

export function ackWatcher(): AckWatcher {
  const acknowledged = new Map<RoomId, number>();
  return {
    upTo: (roomId) => acknowledged.get(roomId) ?? 0,
    watch: (inner) => ({
      open(url, events) {
        const socket = inner.open(url, events);
        return {
          close: () => socket.close(),
          send(bytes) {
            const frame = decodeCbor(ClientFrame, bytes);
            if (frame.ok && frame.value.type === "ack")
              acknowledged.set(frame.value.roomId, frame.value.sequence);
            socket.send(bytes);
          },
        };
      },
    }),
  };
}
