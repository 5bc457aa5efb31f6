/** A WebSocket of a device, frame by frame. */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import { sha256 } from "@nimes/protocol/hash";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { Signer } from "@nimes/protocol/signed/signed";
import { WebSocket } from "ws";

export type RawSocket = {
  /** Waits for a frame of this type, and takes everything before it off. @throws Error when the socket ends first. */
  next<Type extends ServerFrame["type"]>(type: Type): Promise<Extract<ServerFrame, { type: Type }>>;
  /** Types of the frames that came and were not taken yet. */
  waiting(): string[];
  send(frame: ClientFrame): void;
  renew(token: string, signer?: Signer): Promise<void>;
  /** Resolves with the reason of the end. */
  ended: Promise<string>;
  close(): void;
};

/** Connects and says hello. */
export async function openSocket(url: string, signer: Signer, token: string): Promise<RawSocket> {
  const socket = new WebSocket(url.replace("http", "ws") + socketPath);
  const frames: ServerFrame[] = [];
  let wake = (): void => {};
  let over = false;
  const ended = new Promise<string>((resolve) => {
    socket.on("close", (_, reason) => {
      over = true;
      resolve(reason.toString());
      wake();
    });
  });
  socket.on("error", () => {});
  socket.on("message", (data: Buffer) => {
    const frame = decodeCbor(ServerFrame, Uint8Array.from(data));
    if (!frame.ok) throw new Error("the server sent what is no frame");
    frames.push(frame.value);
    wake();
  });
  const send = (frame: ClientFrame): void => socket.send(encodeCbor(frame));
  async function next<Type extends ServerFrame["type"]>(
    type: Type,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    for (;;) {
      const frame = frames.shift();
      if (frame?.type === type) return frame as Extract<ServerFrame, { type: Type }>;
      if (frame?.type === "refused") throw new Error(`refused: ${frame.code}`);
      if (frame) continue;
      if (over) throw new Error(`the socket ended before "${type}"`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  const { challenge } = await next("challenge");
  const signature = await signer.sign(signingInput("SocketHello", challenge));
  send({ type: "hello", token, signature, cursors: [], inboxSequence: 0 });
  return {
    next,
    waiting: () => frames.map(({ type }) => type),
    send,
    async renew(fresh, by = signer) {
      const input = signingInput("SocketRenewal", concat(challenge, sha256(utf8(fresh))));
      send({ type: "renew", token: fresh, signature: await by.sign(input) });
    },
    ended,
    close: () => socket.terminate(),
  };
}
