/**
 * One WebSocket of a device that has proved its key. A reader that is too slow is cut off and catches up from its
 * cursor, so memory stays bounded (S8).
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import type { WebSocket } from "ws";
import type { SignedIn, TokenLevel } from "../services/sign-in.ts";

/** How far a room's log has been sent on this connection. */
export type Sent = {
  /** Last entry handed to the socket. */
  sequence: number;
  /** True once the log has been sent to its end: new entries go out as they come. */
  live: boolean;
  /** Set while pages are being sent. */
  catchingUp?: Promise<void>;
  /** Last "delivered" that was sent. */
  delivered: number;
};

export class Connection {
  readonly device: SignedIn;
  /** Rooms that this connection follows, or is about to. */
  readonly rooms = new Map<RoomId, Sent>();
  /** Content only goes to devices of level `opened`. */
  level: TokenLevel;
  /** Set once a device of level `opened` has been told so; hints before that are nothing to it. */
  opened = false;
  /** Last inbox item handed to the socket. */
  inboxSequence: number;
  readonly #socket: WebSocket;
  readonly #maxBufferedBytes: number;
  #alive = true;
  #tokenEnd: NodeJS.Timeout | undefined;

  constructor(
    socket: WebSocket,
    options: { device: SignedIn; inboxSequence: number; maxBufferedBytes: number },
  ) {
    this.#socket = socket;
    this.device = options.device;
    this.level = options.device.level;
    this.inboxSequence = options.inboxSequence;
    this.#maxBufferedBytes = options.maxBufferedBytes;
  }

  /** Closes once the token has ended, unless a fresh one comes before. */
  endTokenIn(lifetimeMs: number): void {
    clearTimeout(this.#tokenEnd);
    if (this.open) this.#tokenEnd = setTimeout(() => this.close("unauthorised"), Math.max(0, lifetimeMs));
  }

  /** The socket has ended. */
  forgetToken(): void {
    clearTimeout(this.#tokenEnd);
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
    if (this.#socket.bufferedAmount > this.#maxBufferedBytes) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(bytes);
  }

  /** Whether so much waits to be sent that catching up should pause. */
  get congested(): boolean {
    return this.#socket.bufferedAmount > this.#maxBufferedBytes / 4;
  }

  /** Says why, then closes. Nothing that comes afterwards is looked at. */
  close(code: ErrorCode): void {
    if (!this.open) return;
    this.send({ type: "closing", code });
    this.#socket.close(1008, code);
  }

  /** The other side answered. */
  markAlive(): void {
    this.#alive = true;
  }

  /** Ends a connection that has not answered since the last call, else asks again (S8). */
  checkAlive(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    if (this.open) this.#socket.ping();
  }
}
