/** The time for the hello, by a clock in the test's hands and a socket without a network. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { decodeOwnCbor, encodeCbor } from "@nimes/protocol/cbor";
import { protocolVersion } from "@nimes/protocol/limits";
import { ok } from "@nimes/protocol/result";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import type { SignIn } from "../services/sign-in.ts";
import { greet } from "./greeting.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const helloTimeoutMs = 5_000;
const hello = Buffer.from(
  encodeCbor({
    type: "hello",
    version: protocolVersion,
    token: "t",
    signature: new Uint8Array(64),
    cursors: [],
    inboxSequence: 0,
  }),
);

function scene() {
  const sent: unknown[] = [];
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    send: (bytes: Uint8Array) => sent.push(decodeOwnCbor(bytes)),
    close: () => undefined,
  });
  const signIn = { checkSocket: async () => ok({ device: {}, endsAt: 0 }) };
  const greeted = greet({
    socket: socket as unknown as WebSocket,
    raw: new EventEmitter() as unknown as Duplex,
    signIn: signIn as unknown as SignIn,
    limits: { helloTimeoutMs, maxHelloBytes: 10_000 },
  });
  return { greeted, sent, say: () => socket.emit("message", hello, true) };
}

test("a hello that has come in time is taken, also where the server reads it only when the time is over", async () => {
  const { greeted, say } = scene();
  // As a server that was busy for long: what is due comes first, then what has arrived.
  vi.advanceTimersByTime(helloTimeoutMs);
  say();
  expect(await greeted).toMatchObject({ hello: { token: "t" } });
});

test("silence is ended when the time is over, and what comes later is not looked at", async () => {
  const { greeted, sent, say } = scene();
  vi.advanceTimersByTime(helloTimeoutMs - 1);
  await new Promise(setImmediate);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(await greeted).toBeUndefined();
  say();
  expect(sent.slice(1)).toEqual([{ type: "closing", code: "unauthorised" }]);
});
