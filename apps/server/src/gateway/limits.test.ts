/** What one device may take from the others: nothing. Floods, slow readers, half-open connections (S7, S8). */
import { randomBytes } from "node:crypto";
import { encodeCbor } from "@nimes/protocol/cbor";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle, sequencesOf } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, rawApplication, submit } from "@nimes/testing/server/raw-room";
import { helloFor, type RawSocket, rawSocket } from "@nimes/testing/server/raw-socket";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { GatewayLimits } from "./gateway-limits.ts";

let circle: Circle;
afterEach(() => circle.close());

async function open(gatewayLimits: Partial<GatewayLimits>): Promise<{ anna: RawDevice; bernd: RawDevice }> {
  circle = await openCircle({ gatewayLimits });
  return { anna: await circle.join(), bernd: await circle.join() };
}
const application = (roomId: RoomId, size: number) =>
  rawApplication(roomId, { content: new Uint8Array(randomBytes(size)) });

test("a flood of frames ends the flooding device's connection and no other; coming back is limited, too (S7)", async () => {
  const { anna, bernd } = await open({ frames: { burst: 300, perSecond: 1 }, framesPerHello: 50 });
  const others = await connect(circle.server, bernd);
  const flooding = await connect(circle.server, anna);
  for (let sent = 0; sent < 400; sent += 1) flooding.send({ type: "ping" });
  expect((await flooding.take("closing")).code).toBe("too-many");
  await flooding.closed;
  expect(flooding.frames.filter(({ type }) => type === "pong").length).toBeLessThanOrEqual(250);
  await expect(connect(circle.server, anna)).rejects.toThrow("too-many");
  others.send({ type: "ping" });
  await others.take("pong");
  await others.close();
});

test("a flood of bytes is ended as well (S7)", async () => {
  const { anna } = await open({ bytes: { burst: 1_000_000, perSecond: 1_000 } });
  const socket = await connect(circle.server, anna);
  const roomId = await foundRoom(socket, anna.test, { others: [] });
  let accepted = 0;
  const flood = async (): Promise<void> => {
    for (;;) {
      await submit(socket, roomId, application(roomId, 100_000));
      accepted += 1;
    }
  };
  await expect(flood()).rejects.toThrow("too-many");
  expect(accepted).toBeGreaterThan(5);
  expect(accepted).toBeLessThan(11);
});

test("a device that opens one connection after another keeps the newest few (S7)", async () => {
  const { anna } = await open({ maxConnectionsPerDevice: 2 });
  const sockets: RawSocket[] = [];
  for (let index = 0; index < 4; index += 1) sockets.push(await connect(circle.server, anna));
  const [first, second, third, fourth] = sockets;
  for (const old of [first, second]) expect((await old?.take("closing"))?.code).toBe("too-many");
  for (const kept of [third, fourth]) {
    kept?.send({ type: "ping" });
    await kept?.take("pong");
    await kept?.close();
  }
});

test("sockets that never sign in do not keep out those who do (S7)", async () => {
  const { anna } = await open({ maxUnknownSockets: 20 });
  const silent = await Promise.all(Array.from({ length: 60 }, () => rawSocket(circle.server.url)));
  const socket = await connect(circle.server, anna);
  await socket.close();
  const codes = await Promise.all(silent.slice(0, 30).map(async (one) => (await one.take("closing")).code));
  expect(new Set(codes)).toEqual(new Set(["too-many"]));
  for (const one of silent) one.socket.terminate();
});

/** Signs in and then behaves as the options of the WebSocket say. */
async function strangeSocket(device: RawDevice, options: { autoPong?: boolean } = {}): Promise<WebSocket> {
  const token = await device.open();
  const socket = new WebSocket(circle.server.url.replace(/^http/, "ws") + socketPath, {
    perMessageDeflate: false,
    ...options,
  });
  const [challenge] = await new Promise<[Uint8Array]>((resolve) => {
    // {"type": "challenge", "challenge": 32 bytes}: the last 32 are it.
    socket.once("message", (data: Buffer) => resolve([new Uint8Array(data.subarray(-32))]));
  });
  const opened = new Promise((resolve) => socket.once("message", resolve));
  socket.send(encodeCbor(await helloFor(challenge, { signer: device.test.device, token })));
  await opened;
  return socket;
}

test("a half-open connection is ended when it does not answer; one that answers is not (S8)", async () => {
  const { anna, bernd } = await open({ aliveIntervalMs: 100 });
  const answering = await connect(circle.server, bernd);
  const halfOpen = await strangeSocket(anna, { autoPong: false });
  const closed = new Promise<number>((resolve) => halfOpen.once("close", resolve));
  // Cut off, not closed: there is nobody to say goodbye to.
  expect(await closed).toBe(1006);
  answering.send({ type: "ping" });
  await answering.take("pong");
  await answering.close();
});

test("a reader that is too slow is cut off, memory stays bounded, and it catches up afterwards (S8)", async () => {
  const { anna, bernd } = await open({ maxBufferedBytes: 512 * 1024, aliveIntervalMs: 60_000 });
  const sender = await connect(circle.server, anna);
  const slow = await strangeSocket(bernd);
  const roomId = await foundRoom(sender, anna.test, { others: [bernd.test] });
  const closed = new Promise<void>((resolve) => slow.once("close", () => resolve()));
  slow.pause();
  const before = process.memoryUsage().arrayBuffers;
  let sent = 0;
  // Beyond what the system itself buffers for a connection.
  for (; sent < 400; sent += 1) await submit(sender, roomId, application(roomId, 100_000));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000_000);
  slow.resume();
  await closed;
  const again = await connect(circle.server, bernd);
  expect(sequencesOf(again, roomId)).toEqual(Array.from({ length: sent + 1 }, (_, index) => index + 2));
  await again.close();
  await sender.close();
});

test("a long catch-up of one device does not hold up another (S8)", async () => {
  const { anna, bernd } = await open({});
  const sender = await connect(circle.server, anna);
  const rooms: RoomId[] = [];
  for (let index = 0; index < 5; index += 1) {
    const roomId = await foundRoom(sender, anna.test, { others: [bernd.test] });
    rooms.push(roomId);
    const waiting = Array.from({ length: 400 }, () => submit(sender, roomId, application(roomId, 2_000)));
    await Promise.all(waiting);
  }
  const catchingUp = connect(circle.server, bernd);
  let longestMs = 0;
  let done = false;
  catchingUp.finally(() => {
    done = true;
  });
  while (!done) {
    const began = performance.now();
    sender.send({ type: "ping" });
    await sender.take("pong");
    longestMs = Math.max(longestMs, performance.now() - began);
  }
  const bernds = await catchingUp;
  for (const roomId of rooms) expect(sequencesOf(bernds, roomId)).toHaveLength(401);
  expect(longestMs).toBeLessThan(1_000);
  await bernds.close();
  await sender.close();
});

test("5,000 cursors in a hello are taken, 5,001 are malformed, and foreign ones change nothing (S1)", async () => {
  const { anna } = await open({});
  const sender = await connect(circle.server, anna);
  const roomId = await foundRoom(sender, anna.test, { others: [] });
  await submit(sender, roomId, application(roomId, 10));
  await sender.close();
  const foreign = Array.from({ length: limits.maxCursors - 1 }, () => ({
    roomId: randomBytes(32).toString("hex") as RoomId,
    sequence: 7,
  }));
  const cursors = [...foreign, { roomId, sequence: 2 }];
  const socket = await connect(circle.server, anna, { cursors });
  expect(sequencesOf(socket, roomId)).toEqual([3]);
  await socket.close();
  const token = await anna.open();
  const tooMany = await rawSocket(circle.server.url);
  const { challenge } = await tooMany.take("challenge");
  const by = { signer: anna.test.device, token, cursors: [...cursors, { roomId, sequence: 1 }] };
  tooMany.send(await helloFor(challenge, by));
  expect((await tooMany.take("closing")).code).toBe("malformed");
});

test("a submission over the limit of its kind never reaches the log (S1, S2)", async () => {
  const { anna } = await open({});
  const socket = await connect(circle.server, anna);
  const roomId = await foundRoom(socket, anna.test, { others: [] });
  const submissionId = newSubmissionId();
  socket.send({
    type: "submit",
    submissionId,
    roomId,
    submission: application(roomId, limits.maxMessageBytes + 1),
  });
  expect((await socket.take("closing")).code).toBe("malformed");
  const again = await connect(circle.server, anna);
  expect(sequencesOf(again, roomId)).toEqual([1, 2]);
  await again.close();
});
