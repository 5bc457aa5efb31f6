/** A WebSocket to the server by hand: signs in, keeps what comes, waits for conditions. */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { decodeCborWith, encodeCbor } from "@nimes/protocol/cbor";
import type { ClientFrame, HelloFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { AcceptedFrame, RefusedFrame } from "@nimes/protocol/frames/server-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { SubmissionId } from "@nimes/protocol/ids";
import { protocolVersion } from "@nimes/protocol/limits";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { Signer } from "@nimes/protocol/signed/signed";
import { Compile } from "typebox/compile";
import { WebSocket } from "ws";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

export type RawSocket = {
  readonly socket: WebSocket;
  /** Every frame so far. */
  readonly frames: readonly ServerFrame[];
  /** The first frame of a kind that fits and has not been taken before. @throws when it does not come in time. */
  take<Type extends ServerFrame["type"]>(
    type: Type,
    fits?: (frame: FrameOf<Type>) => boolean,
  ): Promise<FrameOf<Type>>;
  /** What became of a submission: the first answer to it that has not been taken before. */
  answerTo(submissionId: SubmissionId): Promise<AcceptedFrame | RefusedFrame>;
  send(frame: ClientFrame): void;
  /** Answers the challenge, which must have come. */
  greet(by: Greeting): Promise<void>;
  /** Shows a fresh token on this connection. @param signer who signs for it. */
  renew(token: string, signer: Signer): Promise<void>;
  sendBytes(bytes: Uint8Array | string): void;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
};

export type Greeting = {
  signer: Signer;
  token: string;
  cursors?: HelloFrame["cursors"];
  inboxSequence?: number;
};

const patienceMs = 10_000;

/** Opens a socket without saying hello. @param options.origin as a browser would send it. */
export async function rawSocket(url: string, options: { origin?: string } = {}): Promise<RawSocket> {
  const socket = new WebSocket(url.replace(/^http/, "ws") + socketPath, {
    perMessageDeflate: false,
    ...options,
  });
  const validator = Compile(ServerFrame);
  const frames: ServerFrame[] = [];
  const taken = new Set<ServerFrame>();
  const waiting = new Set<() => void>();
  let fault: Error | undefined;
  const wake = (): void => {
    for (const look of waiting) look();
  };
  socket.on("message", (data) => {
    const frame = decodeCborWith(validator, new Uint8Array(data as Buffer));
    if (frame.ok) frames.push(frame.value);
    else fault = new Error(`a frame of the server is malformed at ${frame.field}`);
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => {
      fault ??= new Error(`closed with ${code} ${reason.toString()}`);
      resolve({ code, reason: reason.toString() });
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_, answer) => reject(new Error(`refused with ${answer.statusCode}`)));
  });
  socket.on("error", () => {});

  const takeFirst = <Frame extends ServerFrame>(
    what: string,
    fits: (frame: ServerFrame) => frame is Frame,
  ): Promise<Frame> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(new Error(`no ${what} came`))), patienceMs);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        waiting.delete(look);
        settle();
      };
      const look = (): void => {
        const found = frames.find((frame): frame is Frame => !taken.has(frame) && fits(frame));
        if (found) {
          taken.add(found);
          end(() => resolve(found));
        } else if (fault) end(() => reject(fault));
      };
      waiting.add(look);
      look();
    });

  const send = (frame: ClientFrame): void => socket.send(encodeCbor(frame));
  const challenge = async (): Promise<Uint8Array> => {
    const sent = frames.find((frame) => frame.type === "challenge");
    return (sent ?? (await takeFirst("challenge", (frame) => frame.type === "challenge"))).challenge;
  };
  return {
    socket,
    frames,
    closed,
    send,
    async greet(by) {
      send(await helloFor(await challenge(), by));
    },
    async renew(token, signer) {
      const input = signingInput("SocketRenewal", concat(await challenge(), sha256(utf8(token))));
      send({ type: "renew", token, signature: await signer.sign(input) });
    },
    take: <Type extends ServerFrame["type"]>(
      type: Type,
      fits: (frame: FrameOf<Type>) => boolean = () => true,
    ) =>
      takeFirst(type, (frame): frame is FrameOf<Type> => frame.type === type && fits(frame as FrameOf<Type>)),
    answerTo: (submissionId) =>
      takeFirst(
        "answer",
        (frame): frame is AcceptedFrame | RefusedFrame =>
          (frame.type === "accepted" || frame.type === "refused") && frame.submissionId === submissionId,
      ),
    sendBytes: (bytes) => socket.send(bytes),
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** The first frame, as a device with this key answers this challenge. */
export async function helloFor(challenge: Uint8Array, by: Greeting): Promise<HelloFrame> {
  return {
    type: "hello",
    version: protocolVersion,
    token: by.token,
    signature: await by.signer.sign(signingInput("SocketHello", challenge)),
    cursors: by.cursors ?? [],
    inboxSequence: by.inboxSequence ?? 0,
  };
}

/** Opens a socket and says hello, whatever comes of it. */
export async function greetingSocket(url: string, by: Greeting): Promise<RawSocket> {
  const socket = await rawSocket(url);
  await socket.greet(by);
  return socket;
}

/** Opens a socket and signs it in. */
export async function signedInSocket(url: string, by: Greeting): Promise<RawSocket> {
  const socket = await greetingSocket(url, by);
  await socket.take("signed-in");
  return socket;
}
