/**
 * One socket from its first frame to its end. The server's frames come in one order only: a challenge, `signed-in`, what had
 * waited, `caught-up`, the rest. What does not come in its turn, or comes again, is not heard: each of them makes this
 * device do something at length.
 */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { decodeHeard } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientFrame, HelloFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { HeardFrame } from "@nimes/protocol/frames/server-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import { sha256 } from "@nimes/protocol/hash";
import { limits, protocolVersion } from "@nimes/protocol/limits";
import type { SignedType } from "@nimes/protocol/signed/signature";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { Clock } from "../../ports/clock.ts";
import type { Socket, Sockets } from "../../ports/socket.ts";
import type { Session } from "./session.ts";
import { endsSession } from "./session.ts";

/** Silence after which the other side is asked whether it is there, and how long it may take to say so. */
const quietMs = 20_000;
const pongPatienceMs = 8_000;
/** From opening the socket to being signed in. */
const signInPatienceMs = 15_000;
/** From there to having caught up. What came by then is kept; a new connection goes on behind it. */
const catchUpPatienceMs = 10 * 60_000;
/** A connection that lasted so long was a good one: the next begins without a pause that has grown. */
const steadyMs = 5_000;
/** As long as the shortest token, and as whoever waits for something on a connection and then gives it up. */
const servedMs = 60_000;
/** The token of a connection is renewed so long before it ends. */
const renewBeforeMs = 120_000;
/** The first pause where a renewal failed or brought a token that is over at once; it doubles. */
const renewAgainMs = 10_000;
const longestRenewPauseMs = 160_000;

export type LiveNeeds = {
  serverUrl: string;
  sockets: Sockets;
  clock: Clock;
  session: Session;
  deviceKeys: CryptoKeyPair;
  /** Where this device stands. */
  position(): Pick<HelloFrame, "cursors" | "inboxSequence" | "stamp">;
  /** The server's newest stamp. */
  keepStamp?(stamp: Uint8Array): void;
};

/** How a connection ended: whether it was good for a while, and for longer. */
export type End = { steady: boolean; served: boolean; code?: ErrorCode };

export type LiveSocket = { send(frame: ClientFrame): void; probe(): void; close(): void };

/** @param on.frame the frames from `signed-in` on. */
export function openLive(
  needs: LiveNeeds,
  token: string,
  on: { opened(): void; frame(frame: HeardFrame): void; ended(end: End): void },
): LiveSocket {
  const { clock, session } = needs;
  let state: "waiting" | "signing-in" | "open" | "ended" = "waiting";
  let challenge: Uint8Array = new Uint8Array(0);
  let code: ErrorCode | undefined;
  let caughtUp = false;
  let steady = false;
  let served = false;
  /** Renewals in a row that failed or came too soon. */
  let hurried = 0;
  const timers = new Map<"silence" | "catch-up" | "renewal" | "steady" | "served", () => void>();

  const after = (name: Parameters<typeof timers.set>[0], delayMs: number, callback: () => void): void => {
    timers.get(name)?.();
    timers.set(name, clock.after(delayMs, callback));
  };
  const listen = (): void => after("silence", quietMs, probe);
  const probe = (): void => {
    if (state !== "open") return;
    // Silent before it had said that it was done: what is missing will not come on this connection.
    if (!caughtUp) {
      end();
      return;
    }
    after("silence", pongPatienceMs, end);
    write({ type: "ping" });
  };
  const write = (frame: ClientFrame): void => socket.send(Uint8Array.from(encodeCbor(frame)));
  /** A half-open socket may never say that it is closed, so the end does not wait for it. */
  const end = (): void => {
    if (state === "ended") return;
    state = "ended";
    for (const cancel of timers.values()) cancel();
    socket.close();
    on.ended({ steady, served, ...(code && { code }) });
  };

  async function sign(type: SignedType, bytes: Uint8Array): Promise<Uint8Array> {
    const input = signingInput(type, bytes);
    return new Uint8Array(await crypto.subtle.sign("Ed25519", needs.deviceKeys.privateKey, input));
  }

  async function hello(): Promise<void> {
    const signature = await sign("SocketHello", challenge);
    write({ type: "hello", version: protocolVersion, token, signature, ...needs.position() });
  }

  /** A connection lives no longer than its token. How long that is, the server says. */
  function renewInTime(): void {
    const wantedMs = session.endsAt() - clock.now() - renewBeforeMs;
    if (wantedMs < renewAgainMs) renewSoon();
    else {
      hurried = 0;
      after("renewal", Math.min(wantedMs, limits.tokenLifetimeMs), () => void renew());
    }
  }
  function renewSoon(): void {
    const pauseMs = Math.min(longestRenewPauseMs, renewAgainMs * 2 ** hurried);
    hurried += 1;
    after("renewal", pauseMs, () => void renew());
  }
  async function renew(): Promise<void> {
    const fresh = await session.renew();
    if (state !== "open") return;
    if (!fresh.ok) {
      code = fresh.code;
      if (endsSession(fresh.code)) end();
      else renewSoon();
      return;
    }
    renewInTime();
    const input = concat(challenge, sha256(utf8(fresh.value)));
    write({ type: "renew", token: fresh.value, signature: await sign("SocketRenewal", input) });
  }

  function onOpened(): void {
    state = "open";
    after("catch-up", catchUpPatienceMs, end);
    renewInTime();
    on.opened();
  }
  function onCaughtUp(): void {
    caughtUp = true;
    timers.get("catch-up")?.();
    after("steady", steadyMs, () => {
      steady = true;
    });
    after("served", servedMs, () => {
      served = true;
    });
  }

  function receive(bytes: Uint8Array): void {
    if (state === "ended") return;
    const decoded = decodeHeard(ServerFrame, bytes);
    // Not what this server speaks: nothing behind it can be trusted to be complete.
    if (!decoded.ok) {
      end();
      return;
    }
    const frame = decoded.value;
    switch (frame.type) {
      case "challenge":
        if (state !== "waiting") return;
        state = "signing-in";
        challenge = frame.challenge;
        void hello();
        return;
      case "closing":
        code = frame.code;
        end();
        return;
      case "signed-in":
        if (state !== "signing-in") return;
        if (frame.version < protocolVersion) {
          code = "server-too-old";
          end();
          return;
        }
        onOpened();
        break;
      case "caught-up":
        if (state !== "open" || caughtUp) return;
        onCaughtUp();
        break;
      default:
        break;
    }
    if (state !== "open") return;
    listen();
    if ((frame.type === "signed-in" || frame.type === "pong") && frame.stamp) needs.keepStamp?.(frame.stamp);
    if (frame.type !== "pong") on.frame(frame);
  }

  timers.set(
    "silence",
    clock.after(signInPatienceMs, () => end()),
  );
  const socket: Socket = needs.sockets.open(socketUrl(needs.serverUrl), { message: receive, closed: end });
  return {
    send: (frame) => {
      if (state === "open") write(frame);
    },
    probe,
    close: end,
  };
}

const socketUrl = (serverUrl: string): string => serverUrl.replace(/^http/, "ws") + socketPath;
