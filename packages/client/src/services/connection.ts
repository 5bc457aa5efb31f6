/**
 * The one WebSocket of a device: signs in, notices when it is half open, comes back by itself. It carries frames and
 * knows nothing of what they say; whatever must not be lost is sent again by whoever owns it after every `opened`.
 */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientFrame, HelloFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import { sha256 } from "@nimes/protocol/hash";
import type { SignedType } from "@nimes/protocol/signed/signature";
import { signingInput } from "@nimes/protocol/signed/signature";
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../ports/clock.ts";
import { waitFor } from "../ports/clock.ts";
import type { Network } from "../ports/network.ts";
import type { Socket, Sockets } from "../ports/socket.ts";
import type { Session } from "./session.ts";
import { endsSession } from "./session.ts";

/** Silence after which the other side is asked whether it is there, and how long it may take to say so. */
const quietMs = 20_000;
const pongPatienceMs = 8_000;
/** From opening the socket to being signed in. */
const signInPatienceMs = 15_000;
/** The token of a connection is renewed so long before it ends, and tried again so soon where that fails. */
const renewBeforeMs = 120_000;
const renewAgainMs = 10_000;

/** A connection that ends sooner did not end because its token had run out. */
const shortestTokenMs = 60_000;

export type Link = { state: "connecting" } | { state: "open" } | { state: "offline"; retryAt?: number };

export type ConnectionEvents = {
  frame(frame: ServerFrame): void;
  changed(): void;
  /** The server lets nothing more go in this session, and why. */
  ended(code: ErrorCode): void;
};

export type ConnectionNeeds = {
  serverUrl: string;
  sockets: Sockets;
  network: Network;
  clock: Clock;
  random: () => number;
  session: Session;
  deviceKeys: CryptoKeyPair;
  /** Where this device stands, asked anew for every connection. */
  position(): Pick<HelloFrame, "cursors" | "inboxSequence">;
  events: ConnectionEvents;
};

export type ServerConnection = {
  start(): void;
  link(): Link;
  /** Sends when the connection is open; else does nothing, and the sender waits for the next one. */
  send(frame: ClientFrame): void;
  /** Connects at once; asks an open connection whether it is alive. */
  reconnect(): void;
  /** Gives this connection up and makes a new one: something is missing that only a new start brings. */
  restart(): void;
  close(): void;
};

/** How one connection ended. `expired`: after a while of service its token had run out. */
type End = { healthy: boolean; code?: ErrorCode; expired?: boolean };

export function createConnection(needs: ConnectionNeeds): ServerConnection {
  const { clock, events, network } = needs;
  let link: Link = { state: "connecting" };
  let closed = false;
  let wake = new AbortController();
  let live: LiveSocket | undefined;

  const setLink = (next: Link): void => {
    link = next;
    events.changed();
  };

  async function run(): Promise<void> {
    let attempt = 0;
    while (!closed) {
      setLink({ state: "connecting" });
      const end = await connectOnce();
      if (closed) return;
      if (end.code && endsSession(end.code)) return events.ended(end.code);
      attempt = end.healthy ? 0 : attempt + 1;
      // A token that has run out is renewed at once, so that nobody sees a connection break every ten minutes.
      if (end.expired) continue;
      const delayMs = wake.signal.aborted ? 0 : backoffMs(attempt, needs.random);
      setLink(
        network.mayReach() ? { state: "offline", retryAt: clock.now() + delayMs } : { state: "offline" },
      );
      await waitFor(clock, delayMs, wake.signal);
      wake = new AbortController();
    }
  }

  async function connectOnce(): Promise<End> {
    const token = await needs.session.token();
    if (!token.ok) return { healthy: false, code: token.code };
    if (closed) return { healthy: false };
    return new Promise((resolve) => {
      live = openLive(needs, token.value, {
        opened: () => setLink({ state: "open" }),
        ended: (end) => {
          live = undefined;
          if (end.code === "unauthorised") needs.session.forgetToken();
          resolve(end);
        },
      });
    });
  }

  const reconnect = (): void => {
    if (live) live.probe();
    else wake.abort();
  };
  const unsubscribe = network.onChange(reconnect);

  return {
    start: () => void run(),
    link: () => link,
    send: (frame) => live?.send(frame),
    reconnect,
    restart: () => live?.close(),
    close() {
      closed = true;
      unsubscribe();
      wake.abort();
      live?.close();
    },
  };
}

type LiveSocket = { send(frame: ClientFrame): void; probe(): void; close(): void };

/** One socket from its first frame to its end. */
function openLive(
  needs: ConnectionNeeds,
  token: string,
  on: { opened(): void; ended(end: End): void },
): LiveSocket {
  const { clock, events, session } = needs;
  let state: "signing-in" | "open" | "ended" = "signing-in";
  let challenge: Uint8Array = new Uint8Array(0);
  let cancelRenewal: () => void = () => undefined;
  const begunAt = clock.now();
  let healthy = false;
  let code: ErrorCode | undefined;
  let cancelTimer = clock.after(signInPatienceMs, () => socket.close());

  const listen = (): void => {
    cancelTimer();
    cancelTimer = clock.after(quietMs, probe);
  };
  const probe = (): void => {
    if (state !== "open") return;
    // Silent before it had said that it was done: what is missing will not come on this connection.
    if (!healthy) {
      end();
      return;
    }
    write({ type: "ping" });
    cancelTimer();
    cancelTimer = clock.after(pongPatienceMs, end);
  };
  const write = (frame: ClientFrame): void => socket.send(Uint8Array.from(encodeCbor(frame)));
  /** A half-open socket may never say that it is closed, so the end does not wait for it. */
  const end = (): void => {
    if (state === "ended") return;
    state = "ended";
    cancelTimer();
    cancelRenewal();
    socket.close();
    const lastedMs = clock.now() - begunAt;
    const expired = healthy && code === "unauthorised" && lastedMs > shortestTokenMs;
    on.ended({ healthy, expired, ...(code && { code }) });
  };

  async function sign(type: SignedType, bytes: Uint8Array): Promise<Uint8Array> {
    const input = signingInput(type, bytes);
    return new Uint8Array(await crypto.subtle.sign("Ed25519", needs.deviceKeys.privateKey, input));
  }

  async function hello(): Promise<void> {
    const signature = await sign("SocketHello", challenge);
    write({ type: "hello", token, signature, ...needs.position() });
  }

  /** A connection lives no longer than its token. */
  const renewIn = (delayMs: number): void => {
    cancelRenewal();
    cancelRenewal = clock.after(Math.max(0, delayMs), () => void renew());
  };
  const renewInTime = (): void => renewIn(session.endsAt() - clock.now() - renewBeforeMs);
  async function renew(): Promise<void> {
    const fresh = await session.renew();
    if (state !== "open") return;
    if (!fresh.ok) {
      code = fresh.code;
      if (endsSession(fresh.code)) end();
      else renewIn(renewAgainMs);
      return;
    }
    const input = concat(challenge, sha256(utf8(fresh.value)));
    write({ type: "renew", token: fresh.value, signature: await sign("SocketRenewal", input) });
    renewInTime();
  }

  function receive(bytes: Uint8Array): void {
    if (state === "ended") return;
    const decoded = decodeCbor(ServerFrame, bytes);
    // Not what this server speaks: nothing behind it can be trusted to be complete.
    if (!decoded.ok) {
      end();
      return;
    }
    const frame = decoded.value;
    if (state === "open") listen();
    switch (frame.type) {
      case "challenge":
        if (state !== "signing-in") return;
        challenge = frame.challenge;
        void hello();
        return;
      case "opened":
        state = "open";
        listen();
        renewInTime();
        on.opened();
        break;
      case "caught-up":
        healthy = state === "open";
        break;
      case "closing":
        code = frame.code;
        return;
      case "pong":
        return;
      default:
        break;
    }
    if (state === "open") events.frame(frame);
  }

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
