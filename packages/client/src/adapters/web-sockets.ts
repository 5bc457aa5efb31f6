/** WebSockets of the platform, in browser and Node alike. */
import type { Sockets } from "../ports/socket.ts";

export const webSockets: Sockets = {
  open(url, events) {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      // Text frames are not part of the protocol; an empty message is none of it either.
      events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
    });
    socket.addEventListener("close", () => events.closed(), { once: true });
    // A failed connection also closes; without a listener Node reports it as unhandled.
    socket.addEventListener("error", () => undefined);
    return {
      send(bytes) {
        if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
      },
      close: () => socket.close(),
    };
  },
};
