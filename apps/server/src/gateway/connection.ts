/**
 * One WebSocket. Before its hello only that frame is read, for five seconds at most; afterwards frames of a device that
 * has proved its key. A reader that is too slow is cut off and catches up from its cursor, so memory stays bounded.
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import type { WebSocket } from "ws";
import type { SignedIn, TokenLevel } from "../services/sign-in.ts";

/** Unsent bytes at which a reader counts as too slow. */
const maxBufferedBytes = 8 * 1024 * 1024;

/** How far a room's log has been sent on this connection. */
export type Sent = {
  /** Last entry handed to the socket. */
  sequence: number;
  /** True once the log has been sent to its end: new entries go out as they come. */
  live: boolean;
  /** Last "delivered" that was sent. */
  delivered: number;
};

export class Connection {
  readonly device: SignedIn;
  readonly rooms = new Map<RoomId, Sent>();
  readonly #socket: WebSocket;
  #alive = true;
  #level: TokenLevel;
  #tokenEnd: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, device: SignedIn) {
    this.#socket = socket;
    this.device = device;
    this.#level = device.level;
    socket.once("close", () => clearTimeout(this.#tokenEnd));
  }

  /** Content only goes to opened devices. */
  get opened(): boolean {
    return this.#level === "opened";
  }

  /** The second step was done on this connection. */
  raise(): void {
    this.#level = "opened";
  }

  /** Closes once the token has ended, unless a fresh one comes before. */
  endTokenIn(lifetimeMs: number): void {
    clearTimeout(this.#tokenEnd);
    this.#tokenEnd = setTimeout(() => this.close("unauthorised"), Math.max(0, lifetimeMs));
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(frame: ServerFrame): void {
    this.sendEncoded(encodeCbor(frame));
  }

  /** Sends bytes that were encoded once for all connections. */
  sendEncoded(bytes: Uint8Array): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > maxBufferedBytes) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(bytes);
  }

  /** Whether so much waits to be sent that catching up should pause. */
  get congested(): boolean {
    return this.#socket.bufferedAmount > maxBufferedBytes / 4;
  }

  /** Says why, then closes. */
  close(code: ErrorCode): void {
    this.send({ type: "closing", code });
    this.#socket.close(1008, code);
  }

  /** The other side answered. */
  markAlive(): void {
    this.#alive = true;
  }

  /** Ends a connection that has not answered since the last call, else asks again. */
  checkAlive(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }
}
