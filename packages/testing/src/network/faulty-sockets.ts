/**
 * A bad network between a client and the server, frame by frame and with a seed: frames are lost, doubled, late, and
 * overtake each other. A connection may also be cut at any time.
 */
import type { Socket, SocketEvents, Sockets } from "@nimes/client/ports/socket";

export type Faults = {
  /** From 0 (included) to 1 (excluded). */
  random: () => number;
  /** Chance of each, from 0 to 1. */
  loss: number;
  double: number;
  late: number;
  /** A late frame is late by up to this much, and others overtake it. */
  maxDelayMs: number;
};

/** Only cut where a test says so. */
export const noFaults: Faults = { random: () => 0.5, loss: 0, double: 0, late: 0, maxDelayMs: 0 };

export type FaultyNetwork = {
  sockets: Sockets;
  /** Cuts every connection, without a word to either side but that it is gone. */
  cut(): void;
  /** From now on everything arrives, once and at once. */
  heal(): void;
  /** From now on the faults happen. */
  spoil(): void;
};

export function createFaultyNetwork(inner: Sockets, faults: Faults): FaultyNetwork {
  const live = new Set<Socket>();
  let current = faults;

  /** Hands a frame over as often and as late as the faults say. */
  const carry = (deliver: () => void): void => {
    const { random, loss, double, late, maxDelayMs } = current;
    if (random() < loss) return;
    const times = random() < double ? 2 : 1;
    for (let count = 0; count < times; count += 1) {
      if (random() < late) setTimeout(deliver, random() * maxDelayMs);
      else deliver();
    }
  };

  return {
    sockets: {
      open(url, events) {
        let ended = false;
        const wrapped: SocketEvents = {
          message: (bytes) =>
            carry(() => {
              if (!ended) events.message(bytes);
            }),
          closed() {
            ended = true;
            live.delete(socket);
            events.closed();
          },
        };
        const opened = inner.open(url, wrapped);
        const socket: Socket = {
          send: (bytes) => carry(() => opened.send(bytes)),
          close: () => opened.close(),
        };
        live.add(socket);
        return socket;
      },
    },
    cut() {
      for (const socket of live) socket.close();
    },
    spoil() {
      current = faults;
    },
    heal() {
      current = { ...current, loss: 0, double: 0, late: 0 };
    },
  };
}

/** A random source with a seed (mulberry32): the same seed makes the same faults. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
