/**
 * The one WebSocket of a device: signs in, notices when it is half open, comes back by itself, after pauses that grow
 * until a connection was good for a while. It carries frames and knows nothing of what they say; whatever must not be
 * lost is sent again by whoever owns it after every `signed-in`.
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientFrame } from "@nimes/protocol/frames/client-frames";
import type { HeardFrame } from "@nimes/protocol/frames/server-frames";
import { backoffMs } from "../../core/backoff.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Network } from "../../ports/network.ts";
import { createCalmHints } from "./calm-hints.ts";
import type { End, LiveNeeds, LiveSocket } from "./live-socket.ts";
import { openLive } from "./live-socket.ts";
import { endsSession } from "./session.ts";

export type Link = { state: "connecting" } | { state: "open" } | { state: "offline"; retryAt?: number };

export type ConnectionEvents = {
  frame(frame: HeardFrame): void;
  changed(): void;
  /** The server lets nothing more go in this session, and why. */
  ended(code: ErrorCode): void;
};

/** `position` is asked anew for every connection. */
export type ConnectionNeeds = LiveNeeds & {
  network: Network;
  random: () => number;
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

export function createConnection(needs: ConnectionNeeds): ServerConnection {
  const { clock, events, network } = needs;
  let link: Link = { state: "connecting" };
  let closed = false;
  let wake = new AbortController();
  let live: LiveSocket | undefined;
  /** By this device itself: a good connection would have brought what it waited for. */
  let givenUp = false;
  const hints = createCalmHints(clock, events.frame);

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
      // A server that opens and closes at once, or never brings what is missing, is no better than none.
      attempt = (givenUp ? end.served : end.steady) ? 0 : attempt + 1;
      givenUp = false;
      // A token that has run out is renewed at once, so that nobody sees a connection break every ten minutes.
      if (end.served && end.code === "unauthorised") continue;
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
    if (!token.ok) return { steady: false, served: false, code: token.code };
    if (closed) return { steady: false, served: false };
    return new Promise((resolve) => {
      live = openLive(needs, token.value, {
        opened: () => setLink({ state: "open" }),
        frame: hints.take,
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
    restart() {
      if (!live) return;
      givenUp = true;
      live.close();
    },
    close() {
      closed = true;
      unsubscribe();
      hints.close();
      wake.abort();
      live?.close();
    },
  };
}
