/** What a server does to a connection, told by a clock that stands still: whatever it is, the pauses grow. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import type { HeardFrame, ServerFrame } from "@nimes/protocol/frames/server-frames";
import { protocolVersion } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { afterEach, expect, test } from "vitest";
import type { SocketEvents } from "../../ports/socket.ts";
import { createConnection } from "./connection.ts";

const second = 1_000;
const minute = 60 * second;

const challenge: ServerFrame = { type: "challenge", challenge: new Uint8Array(32) };
const opened: ServerFrame = {
  type: "signed-in",
  version: protocolVersion,
  oldestVersion: protocolVersion,
  serverTime: 5,
  keyPackagesLeft: 100,
  directorySequence: 1,
};
const caughtUp: ServerFrame = { type: "caught-up" };

type Peer = {
  say(...frames: ServerFrame[]): void;
  raw(bytes: Uint8Array): void;
  /** What the device has said. */
  heard: ClientFrame[];
  isClosed(): boolean;
  close(): void;
};

let stop: () => void = () => undefined;
afterEach(() => stop());

/** A device and a server that does with each connection what it is told to. */
async function connectTo(
  serve: (peer: Peer, count: number) => void,
  tokens: { renew?: () => Result<string>; lifetimeMs?: number } = {},
) {
  const clock = createManualClock();
  const deviceKeys = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  const peers: Peer[] = [];
  const frames: HeardFrame[] = [];
  const ended: ErrorCode[] = [];
  let renewals = 0;
  let forgotten = 0;
  let endsAt = clock.now() + (tokens.lifetimeMs ?? 600 * second);
  const connection = createConnection({
    serverUrl: "https://nimes.test",
    clock,
    deviceKeys,
    network: { mayReach: () => true, onChange: () => () => undefined },
    random: () => 0.999,
    position: () => ({ cursors: [], inboxSequence: 0 }),
    session: {
      call: () => Promise.reject(new Error("not used here")),
      token: async () => ok("token"),
      renew: async () => {
        renewals += 1;
        endsAt = clock.now() + (tokens.lifetimeMs ?? 600 * second);
        return tokens.renew?.() ?? ok(`token ${renewals}`);
      },
      endsAt: () => endsAt,
      forgetToken: () => {
        forgotten += 1;
      },
    },
    sockets: {
      open(_, events: SocketEvents) {
        let isClosed = false;
        const heard: ClientFrame[] = [];
        const close = (): void => {
          if (isClosed) return;
          isClosed = true;
          queueMicrotask(events.closed);
        };
        const peer: Peer = {
          say: (...told) => {
            for (const frame of told) events.message(encodeCbor(frame));
          },
          raw: events.message,
          heard,
          isClosed: () => isClosed,
          close,
        };
        peers.push(peer);
        const count = peers.length;
        queueMicrotask(() => serve(peer, count));
        return {
          send(bytes) {
            const frame = decodeCbor(ClientFrame, bytes);
            if (!frame.ok) throw new Error("a client sends only what the protocol knows");
            if (frame.value.type === "ping") peer.say({ type: "pong" });
            else heard.push(frame.value);
          },
          close,
        };
      },
    },
    events: {
      frame: (frame) => frames.push(frame),
      changed: () => undefined,
      ended: (code) => ended.push(code),
    },
  });
  stop = connection.close;
  connection.start();
  /** Lets time pass in steps, and whatever follows from it happen in between. */
  async function pass(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await settle();
      clock.advance(stepMs);
    }
    await settle();
  }
  await settle();
  return {
    connection,
    clock,
    peers,
    frames,
    ended,
    pass,
    renewals: () => renewals,
    forgotten: () => forgotten,
  };
}
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const greet = (peer: Peer): void => peer.say(challenge, opened, caughtUp);
const bad: [how: string, serve: (peer: Peer) => void][] = [
  ["closes at once", (peer) => peer.close()],
  [
    "opens and closes at once",
    (peer) => {
      greet(peer);
      peer.close();
    },
  ],
  [
    "closes with a passing reason",
    (peer) => peer.say(challenge, opened, caughtUp, { type: "closing", code: "too-many" }),
  ],
  [
    "says that the token has run out",
    (peer) => peer.say(challenge, { type: "closing", code: "unauthorised" }),
  ],
  [
    "says so behind a good greeting",
    (peer) => peer.say(challenge, opened, caughtUp, { type: "closing", code: "unauthorised" }),
  ],
  ["speaks another language", (peer) => peer.raw(Uint8Array.of(1, 2, 3))],
];
test.for(bad)("a server that %s is tried a few times a minute", async ([, serve]) => {
  const { peers, pass, connection } = await connectTo(serve);
  await pass(5 * minute);
  // Half a minute at most between two: nobody waits longer for a server that has come back.
  expect(peers.length).toBeGreaterThan(8);
  expect(peers.length).toBeLessThan(20);
  const link = connection.link();
  if (link.state === "offline") expect(link.retryAt).toBeLessThan(Number.MAX_SAFE_INTEGER);
  expect(peers.every((peer, index) => index === peers.length - 1 || peer.isClosed())).toBe(true);
});

test.for([
  ["opens a connection", (peer: Peer) => peer.say(challenge, { ...opened, version: 1 })],
  ["closes", (peer: Peer) => peer.say(challenge, { type: "closing", code: "server-too-old" })],
] as const)(
  "a server that is older than the app and %s ends the session, and why is told",
  async ([, serve]) => {
    const { peers, pass, ended } = await connectTo(serve);
    await pass(5 * minute);
    expect(peers.length).toBe(1);
    expect(ended).toEqual(["server-too-old"]);
  },
);

test("after a good while the pauses begin anew", async () => {
  const { peers, pass } = await connectTo((peer, count) => {
    if (count < 8) peer.close();
    else greet(peer);
  });
  await pass(3 * minute);
  expect(peers).toHaveLength(8);
  peers.at(-1)?.close();
  await pass(1.1 * second);
  expect(peers).toHaveLength(9);
});

test("a connection that is given up again and again, because something never comes, is made anew ever later", async () => {
  const { peers, pass, connection } = await connectTo(greet);
  let served = 0;
  for (let seconds = 0; seconds < 10 * 60; seconds += 15) {
    await pass(15 * second, second);
    served = peers.length;
    connection.restart();
  }
  expect(served).toBeGreaterThan(5);
  expect(served).toBeLessThan(30);
  // Once it was good for a minute, the next is made at once.
  await pass(2 * minute, second);
  connection.restart();
  await pass(second, second);
  expect(peers.length).toBe(served + 2);
});

test("a token that runs out after a while of service is renewed at once, and never in a circle", async () => {
  const { peers, pass, forgotten } = await connectTo(greet);
  await pass(70 * second);
  peers.at(-1)?.say({ type: "closing", code: "unauthorised" });
  await pass(200);
  expect([peers.length, forgotten()]).toEqual([2, 1]);
  peers.at(-1)?.say({ type: "closing", code: "unauthorised" });
  await pass(200);
  expect(peers.length).toBe(2);
});

test("a device says hello once, whatever the server asks twice, and each frame that starts something counts once", async () => {
  const again: ServerFrame = { type: "challenge", challenge: new Uint8Array(32).fill(9) };
  const { peers, frames, pass } = await connectTo((peer) =>
    peer.say(opened, caughtUp, challenge, again, opened, again, opened, opened, caughtUp, caughtUp),
  );
  await pass(second);
  const said = () => peers[0]?.heard.map(({ type }) => type);
  await expect.poll(said).toEqual(["hello"]);
  await pass(second);
  expect(said()).toEqual(["hello"]);
  expect(frames).toEqual([opened, caughtUp]);
});

test("a server that never finishes its greeting, or never says that it has caught up, is left", async () => {
  const silent = await connectTo(() => undefined);
  await silent.pass(16 * second);
  expect(silent.peers[0]?.isClosed()).toBe(true);
  stop();
  const endless = await connectTo((peer) => peer.say(challenge, opened));
  for (let seconds = 0; seconds < 605; seconds += 5) {
    endless.peers[0]?.say({ type: "directory-changed", sequence: seconds });
    await endless.pass(5 * second, second);
  }
  expect(endless.peers[0]?.isClosed()).toBe(true);
});

test("a connection that is closed without a word is left all the same, a socket that stays open after a closing, too", async () => {
  const { peers, pass, ended } = await connectTo((peer) =>
    peer.say(challenge, opened, caughtUp, { type: "closing", code: "device-ended" }, opened),
  );
  await pass(minute, second);
  expect(peers).toHaveLength(1);
  expect(peers[0]?.isClosed()).toBe(true);
  expect(ended).toEqual(["device-ended"]);
});

const circles: [how: string, tokens: Parameters<typeof connectTo>[1]][] = [
  ["are over at once", { lifetimeMs: 0 }],
  ["were over long ago", { lifetimeMs: -1e12 }],
  ["cannot be renewed", { lifetimeMs: 0, renew: () => ({ ok: false, code: "unavailable" }) }],
];
test.for(circles)("tokens that %s are renewed a few times, with pauses that grow", async ([, tokens]) => {
  const { peers, pass, renewals } = await connectTo(greet, tokens);
  await pass(10 * minute, second);
  expect(peers).toHaveLength(1);
  expect(renewals()).toBeGreaterThan(3);
  expect(renewals()).toBeLessThan(12);
});

test("a token that is said to live for ever is renewed all the same", async () => {
  const { peers, pass, renewals } = await connectTo(greet, { lifetimeMs: Number.MAX_SAFE_INTEGER });
  await pass(21 * minute, second);
  expect([peers.length, renewals()]).toEqual([1, 2]);
});

test("a storm of hints on one connection makes a device ask a few times a minute", async () => {
  const { peers, frames, pass } = await connectTo(greet);
  for (let count = 0; count < 600; count += 1) {
    peers[0]?.say({ type: "orders-changed" }, { type: "directory-changed", sequence: count });
    await pass(100);
  }
  expect(frames.filter(({ type }) => type === "orders-changed").length).toBeLessThan(20);
  expect(frames.filter(({ type }) => type === "directory-changed").length).toBeLessThan(20);
});
