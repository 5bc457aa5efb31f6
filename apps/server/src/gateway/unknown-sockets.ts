/**
 * Sockets that have not signed in. When there are too many, the oldest has to go: an honest device is through in a
 * moment, whoever only keeps sockets open is not.
 */
import type { WebSocket } from "ws";
import { endSocket } from "./greeting.ts";

export type UnknownSockets = { add(socket: WebSocket): void; delete(socket: WebSocket): void };

export function createUnknownSockets(max: number): UnknownSockets {
  const sockets = new Set<WebSocket>();
  return {
    add(socket) {
      const [oldest] = sockets;
      if (oldest && sockets.size >= max) {
        sockets.delete(oldest);
        endSocket(oldest, "too-many");
      }
      sockets.add(socket);
    },
    delete: (socket) => void sockets.delete(socket),
  };
}
