/** What a stranger or a broken device may send over the socket: each has one clear end, none reaches the others. */
import { connect as connectTcp } from "node:net";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits, oldestProtocolVersion, protocolVersion } from "@nimes/protocol/limits";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { rawApplication, rawCommit, signRoles } from "@nimes/testing/server/raw-room";
import type { RawSocket } from "@nimes/testing/server/raw-socket";
import { helloFor, rawSocket } from "@nimes/testing/server/raw-socket";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readClientFrame } from "./read-frame.ts";

let circle: Circle;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle({
    gatewayLimits: {
      closeTimeoutMs: 300,
      // One device comes back hundreds of times here; that this is limited has its own test.
      frames: { burst: 100_000, perSecond: 1_000 },
    },
  });
  anna = await circle.join();
});
afterAll(() => circle.close());

const closingCode = async (socket: RawSocket): Promise<string> => (await socket.take("closing")).code;
/** Somebody else is served as if nothing had happened. */
async function serverIsWell(): Promise<void> {
  const socket = await connect(circle.server, anna);
  socket.send({ type: "ping" });
  await socket.take("pong");
  await socket.close();
}

describe("before the hello", () => {
  test("a frame that is no hello ends the socket with the reason", async () => {
    const frames = [
      encodeCbor({ type: "ping" }),
      encodeCbor({ type: "hello", version: protocolVersion }),
      Uint8Array.of(0xff),
      new Uint8Array(0),
      "hello as text",
    ];
    for (const bytes of frames) {
      const socket = await rawSocket(circle.server.url);
      await socket.take("challenge");
      socket.sendBytes(bytes);
      expect(await closingCode(socket)).toBe("malformed");
      expect((await socket.closed).code).toBe(1008);
    }
  });

  test("an app that is older than the server takes is told so, whatever its hello looked like", async () => {
    const old = oldestProtocolVersion - 1;
    const greeting = await helloFor(new Uint8Array(32), { signer: anna.test.device, token: "x" });
    for (const hello of [
      { type: "hello" },
      { type: "hello", version: old, other: [] },
      { ...greeting, version: old },
    ]) {
      const socket = await rawSocket(circle.server.url);
      await socket.take("challenge");
      socket.sendBytes(encodeCbor(hello));
      expect(await closingCode(socket)).toBe("app-too-old");
      await socket.closed;
    }
  });

  test("silence is ended after the time for the hello", async () => {
    // A server of its own: where everything is slow, the others are not to be too late.
    const { server, close } = await openCircle({ gatewayLimits: { helloTimeoutMs: 100 } });
    const socket = await rawSocket(server.url);
    expect(await closingCode(socket)).toBe("unauthorised");
    expect(await socket.closed).toEqual({ code: 1008, reason: "unauthorised" });
    await close();
  });

  test("a hello that is not over yet may not fill the memory", async () => {
    const socket = await rawSocket(circle.server.url);
    await socket.take("challenge");
    socket.sendBytes(new Uint8Array(2 * 1024 * 1024));
    expect(["too-large", "malformed"]).toContain(await closingCode(socket));
    await socket.closed;
  });

  test("a token with another device's signature, or a signature over another challenge, is refused (A3, A4)", async () => {
    const bernd = await circle.join();
    const token = await anna.open();
    const forgeries = [
      (challenge: Uint8Array) => helloFor(challenge, { signer: bernd.test.device, token }),
      () => helloFor(new Uint8Array(32), { signer: anna.test.device, token }),
      (challenge: Uint8Array) => helloFor(challenge, { signer: anna.test.device, token: `${token}x` }),
      (challenge: Uint8Array) => helloFor(challenge, { signer: anna.test.device, token: "" }),
    ];
    for (const forge of forgeries) {
      const socket = await rawSocket(circle.server.url);
      const { challenge } = await socket.take("challenge");
      socket.send(await forge(challenge));
      expect(await closingCode(socket)).toBe("unauthorised");
      await socket.closed;
    }
  });

  test("a cross-origin WebSocket is refused, the own origin and none are taken (S4)", async () => {
    await expect(rawSocket(circle.server.url, { origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(rawSocket(circle.server.url, { origin: "null" })).rejects.toThrow("403");
    await (await rawSocket(circle.server.url, { origin: circle.server.url })).close();
  });

  test("a refused upgrade whose connection is reset at once does not end the server", async () => {
    const { port } = new URL(circle.server.url);
    for (let attempt = 0; attempt < 30; attempt += 1)
      await new Promise<void>((resolve) => {
        const socket = connectTcp(Number(port), "127.0.0.1", () => {
          const request = `GET ${socketPath} HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
          socket.write(request, () => {
            if (attempt % 2 === 0) socket.resetAndDestroy();
            else socket.once("data", () => socket.resetAndDestroy());
          });
        });
        socket.on("error", () => {});
        socket.once("close", () => resolve());
      });
    await serverIsWell();
  });
});

describe("behind the hello", () => {
  test("a frame over the limit ends the connection with a reason (S2)", async () => {
    const socket = await connect(circle.server, anna);
    socket.sendBytes(new Uint8Array(limits.maxFrameBytes + 1));
    expect((await socket.closed).code).toBe(1009);
    await serverIsWell();
  });

  test("a second hello, text, and frames that no row describes end the connection as malformed (S1)", async () => {
    const challenge = new Uint8Array(32);
    const hello = await helloFor(challenge, { signer: anna.test.device, token: "t" });
    const roomId = "a".repeat(64) as RoomId;
    const ack = { type: "ack", roomId, sequence: 1 };
    const submission = { kind: "application", epoch: 0, bytes: new Uint8Array(8) };
    const submit = { type: "submit", submissionId: newSubmissionId(), roomId, submission };
    const commit = await rawCommit({ roomId, epoch: 0 }, [anna.test.clientId]);
    const { kind: _, bytes: __, ...besides } = commit;
    const { roles: signed } = await signRoles(anna.test, { kind: "group", users: [] });
    const hostile: unknown[] = [
      hello,
      { ...ack, extra: true },
      { ...ack, sequence: -1 },
      { ...ack, sequence: 2 ** 53 },
      { ...ack, sequence: 1.5 },
      { ...ack, roomId: "A".repeat(64) },
      { ...ack, roomId: `${"a".repeat(63)}'` },
      { ...ack, type: "signed-in" },
      { ...submit, submissionId: "x".repeat(100_000) },
      { ...submit, submission: { ...submission, bytes: new Uint8Array(0) } },
      { ...submit, submission: { ...submission, bytes: new Uint8Array(limits.maxMessageBytes + 1) } },
      { ...submit, submission: { ...submission, epoch: "0" } },
      { ...submit, submission: { ...submission, kind: "roles" } },
      { ...submit, submission: { kind: "leave" } },
      { ...submit, submission: { kind: "leave", leave: new Uint8Array(9) } },
      { ...submit, submission: { kind: "roles", roles: { payload: new Uint8Array(9), signatures: [] } } },
      { ...submit, submission: { ...commit, rejoin: new Uint8Array(9) } },
      { ...submit, submission: { ...commit, kind: "refound" } },
      { ...submit, submission: { ...besides, kind: "refound", refounding: signed, epoch: 2 } },
      { ...submit, submission: { ...besides, kind: "refound", refounding: signed, epoch: -1 } },
      { ...submit, submission: { ...besides, kind: "refound", refounding: signed, devices: [] } },
      { ...submit, submission: { ...(await rawCommit({ roomId, epoch: 0 }, [])), devices: [] } },
      [ack],
      null,
      "ack",
    ];
    for (const frame of hostile) {
      const socket = await connect(circle.server, anna);
      socket.sendBytes(encodeCbor(frame));
      expect(await closingCode(socket), JSON.stringify(frame)?.slice(0, 120)).toBe("malformed");
      await socket.closed;
    }
    const socket = await connect(circle.server, anna);
    socket.sendBytes("text");
    expect(await closingCode(socket)).toBe("malformed");
  });

  test("what comes behind the closing is not looked at any more", async () => {
    const socket = await connect(circle.server, anna);
    const { roomId, roles } = await signRoles(anna.test, { kind: "group", users: [anna.test.letter.userId] });
    const submissionId = newSubmissionId();
    socket.sendBytes("text");
    socket.send({ type: "submit", submissionId, roomId, submission: { kind: "found", roles } });
    await socket.closed;
    expect(socket.frames.some(({ type }) => type === "accepted")).toBe(false);
    const again = await connect(circle.server, anna, { cursors: [{ roomId, sequence: 0 }] });
    expect(again.frames.some(({ type }) => type === "entries")).toBe(false);
    await again.close();
  });
});

describe("mutated frames (S3)", () => {
  /** Valid frames of every kind, and every byte that matters in them. */
  async function validFrames(): Promise<Uint8Array[]> {
    const { roomId, roles } = await signRoles(anna.test, { kind: "group", users: [anna.test.letter.userId] });
    const submissionId = "ab".repeat(16) as SubmissionId;
    const submit = { type: "submit", submissionId, roomId } as const;
    const hello = await helloFor(new Uint8Array(32), {
      signer: anna.test.device,
      token: await anna.open(),
      cursors: [{ roomId, sequence: 3 }],
    });
    const sender = { by: anna.test, roles };
    const commit = await rawCommit({ roomId, epoch: 0 }, [anna.test.clientId], sender);
    const { kind: _, bytes: __, ...besides } = commit;
    const frames: ClientFrame[] = [
      hello,
      { ...submit, submission: { kind: "found", roles } },
      { ...submit, submission: { ...commit, rejoin: roles } },
      { ...submit, submission: { kind: "roles", roles } },
      { ...submit, submission: { kind: "leave", leave: roles } },
      { ...submit, submission: { ...besides, kind: "refound", refounding: roles, epoch: 1 } },
      { ...submit, submission: rawApplication(roomId) },
      { type: "ack", roomId, sequence: 4 },
      { type: "inbox-ack", sequence: 2, welcome: new Uint8Array(32) },
      { type: "ping" },
    ];
    return frames.map(encodeCbor);
  }

  type Mutation = { at: number; byte: number; kind: "set" | "insert" | "cut" | "drop" | "double" };
  const mutations = fc.array(
    fc.record({
      at: fc.nat({ max: 2_000 }),
      byte: fc.nat({ max: 255 }),
      kind: fc.constantFrom<Mutation["kind"]>("set", "insert", "cut", "drop", "double"),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const mutate = (frame: Uint8Array, steps: readonly Mutation[]): Uint8Array =>
    steps.reduce((bytes, { at, byte, kind }) => {
      const place = at % (bytes.byteLength + 1);
      const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
      const middle = kind === "set" || kind === "insert" ? Uint8Array.of(byte) : new Uint8Array(0);
      if (kind === "cut") return before;
      if (kind === "double") return Buffer.concat([bytes, bytes]);
      return Buffer.concat([before, middle, kind === "insert" ? after : after.subarray(1)]);
    }, frame);

  test("10,000 mutated frames are read or refused, never a crash, never a hang", async () => {
    const frames = await validFrames();
    for (const frame of frames) expect(readClientFrame(Buffer.from(frame))).toBeDefined();
    const began = performance.now();
    fc.assert(
      fc.property(fc.constantFrom(...frames), mutations, (frame, steps) => {
        const read = readClientFrame(Buffer.from(mutate(frame, steps)));
        // What is taken is a frame that a device could have sent.
        if (read) expect(readClientFrame(Buffer.from(encodeCbor(read)))).toEqual(read);
      }),
      { numRuns: 10_000 },
    );
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test("300 mutated frames through a live socket leave the server serving", async () => {
    const frames = await validFrames();
    const hostile = fc.sample(fc.tuple(fc.constantFrom(...frames), mutations), { numRuns: 300, seed: 4711 });
    let socket = await connect(circle.server, anna);
    for (const [frame, steps] of hostile) {
      if (socket.socket.readyState !== socket.socket.OPEN) socket = await connect(circle.server, anna);
      socket.sendBytes(mutate(frame, steps));
      socket.send({ type: "ping" });
      await Promise.race([socket.take("pong"), socket.closed]);
    }
    await serverIsWell();
  });
});
