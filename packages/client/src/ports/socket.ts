/** WebSockets with binary messages. */
export type SocketEvents = {
  message(bytes: Uint8Array): void;
  /** Called once, whoever closed and even when it never opened. */
  closed(): void;
};
export type Socket = {
  /** Sends, or does nothing when the socket is closed or not open yet. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
};
export type Sockets = { open(url: string, events: SocketEvents): Socket };
