/**
 * A socket before it is signed in: it is sent a challenge, and its first frame must answer it, within seconds and few
 * bytes. Whatever else comes ends it; nothing is sent after the hello until the server has said `signed-in`.
 */
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { HelloFrame } from "@nimes/protocol/frames/client-frames";
import { oldestProtocolVersion } from "@nimes/protocol/limits";
import { ProtocolVersion } from "@nimes/protocol/schema";
import * as Type from "typebox";
import type { WebSocket } from "ws";
import type { SignedIn, SignIn } from "../services/sign-in.ts";
import type { GatewayLimits } from "./gateway-limits.ts";
import { readClientFrame } from "./read-frame.ts";

export type Greeting = {
  socket: WebSocket;
  /** What the WebSocket stands on. */
  raw: Duplex;
  signIn: SignIn;
  limits: Pick<GatewayLimits, "helloTimeoutMs" | "maxHelloBytes">;
};
export type Greeted = {
  device: SignedIn;
  endsAt: number;
  hello: HelloFrame;
  /** What every later token is proved with on this socket. */
  challenge: Uint8Array;
};

/** @returns who is there, or undefined when the socket has been ended. */
export function greet({ socket, raw, signIn, limits }: Greeting): Promise<Greeted | undefined> {
  const challenge = Uint8Array.from(randomBytes(32));
  return new Promise((resolve, reject) => {
    let received = 0;
    let state: "waiting" | "checking" | "over" = "waiting";
    const finish = (greeted: Greeted | undefined): void => {
      state = "over";
      clearTimeout(timer);
      raw.off("data", count);
      socket.off("message", onMessage);
      socket.off("close", onClose);
      resolve(greeted);
    };
    const refuse = (code: ErrorCode): void => {
      endSocket(socket, code);
      finish(undefined);
    };
    const count = (chunk: Uint8Array): void => {
      received += chunk.byteLength;
      if (received > limits.maxHelloBytes) refuse("too-large");
    };
    const onClose = (): void => finish(undefined);
    const onMessage = (data: Buffer, isBinary: boolean): void => {
      const frame = isBinary && state === "waiting" ? readClientFrame(data) : undefined;
      if (frame?.type !== "hello") refuse(isOldHello(data, isBinary) ? "app-too-old" : "malformed");
      else if (frame.version < oldestProtocolVersion) refuse("app-too-old");
      else check(frame).catch(reject);
    };
    const check = async (hello: HelloFrame): Promise<void> => {
      state = "checking";
      clearTimeout(timer);
      const signedIn = await signIn.checkSocket(hello.token, challenge, hello.signature);
      if (state !== "checking") return;
      if (!signedIn.ok) return refuse(signedIn.code);
      const { device, endsAt } = signedIn.value;
      finish({ device, endsAt, hello, challenge });
    };
    const isSilent = (): void => {
      if (state === "waiting") refuse("unauthorised");
    };
    // Not before what has arrived is read: a server that was busy for long comes to its timers first.
    const timer = setTimeout(() => setImmediate(isSilent), limits.helloTimeoutMs);
    raw.on("data", count);
    socket.on("message", onMessage);
    socket.on("close", onClose);
    socket.send(encodeCbor({ type: "challenge", challenge }));
  });
}

/** Whether these bytes greet in an older version of the protocol, whose hello may have had another shape. */
function isOldHello(data: Buffer, isBinary: boolean): boolean {
  if (!isBinary) return false;
  const greeting = decodeCbor(AnyHello, new Uint8Array(data));
  return greeting.ok && (greeting.value.version ?? 1) < oldestProtocolVersion;
}

/** What a hello of every version has. */
const AnyHello = Type.Object({ type: Type.Literal("hello"), version: Type.Optional(ProtocolVersion) });

/** Says why, then closes. @param closeCode of RFC 6455, section 7.4.1; a violated policy unless said otherwise. */
export function endSocket(socket: WebSocket, code: ErrorCode, closeCode = 1008): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(encodeCbor({ type: "closing", code }));
  socket.close(closeCode, code);
}
