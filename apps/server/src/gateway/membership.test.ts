/** Who hears what of a room: welcomed, removed, back again, or a stranger. */
import type { Entry } from "@nimes/protocol/entry";
import { digestOf, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle, sequencesOf } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, foundRoomBy, rawApplication, rawCommit, submit } from "@nimes/testing/server/raw-room";
import type { RawSocket } from "@nimes/testing/server/raw-socket";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
let carla: RawDevice;
const open: RawSocket[] = [];
beforeAll(async () => {
  circle = await openCircle({ gatewayLimits: { flushIntervalMs: 20 } });
});
afterAll(() => circle.close());
beforeEach(async () => {
  [anna, bernd, carla] = [await circle.join(), await circle.join(), await circle.join()];
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
});

async function online(
  device: RawDevice,
  position: { cursors?: { roomId: RoomId; sequence: number }[]; inboxSequence?: number } = {},
): Promise<RawSocket> {
  const socket = await connect(circle.server, device, position);
  open.push(socket);
  return socket;
}
const message = (roomId: RoomId, epoch: number) => rawApplication(roomId, { epoch });
const idsOf = (...devices: RawDevice[]) => devices.map(({ test: { clientId } }) => clientId);
const roomOf = (socket: RawSocket, founder: RawDevice, ...others: RawDevice[]): Promise<RoomId> =>
  foundRoom(socket, founder.test, { others: others.map((other) => other.test) });
/** Whatever was on its way to this device has arrived. */
async function settled(socket: RawSocket): Promise<void> {
  socket.send({ type: "ping" });
  await socket.take("pong");
}
const entriesOf = ({ frames }: RawSocket, roomId: RoomId) =>
  frames.flatMap((frame) => (frame.type === "entries" && frame.roomId === roomId ? frame.entries : []));
const hears = (socket: RawSocket, roomId: RoomId, sequence: number) =>
  socket.take(
    "entries",
    (frame) => frame.roomId === roomId && frame.entries.some((entry) => entry.sequence === sequence),
  );
const inboxOf = ({ frames }: RawSocket) =>
  frames.flatMap((frame) => (frame.type === "inbox" ? frame.items : []));

describe("who is added", () => {
  test("has Welcome, roles and running hash in the inbox, and the log from its commit on at once", async () => {
    const [annas, bernds] = [await online(anna), await online(bernd)];
    const { roomId, roles } = await foundRoomBy(annas, anna.test, { others: [] });
    await submit(annas, roomId, message(roomId, 1));
    const adding = await rawCommit({ roomId, epoch: 1 }, idsOf(anna, bernd), { by: anna.test, roles });
    const at = await submit(annas, roomId, adding);
    await submit(annas, roomId, message(roomId, 2));
    await hears(bernds, roomId, at + 1);
    const [item, ...more] = inboxOf(bernds);
    expect(more).toEqual([]);
    expect(item).toMatchObject({
      kind: "welcome",
      roomId,
      roomSequence: at,
      welcome: adding.welcome,
      sequence: 1,
    });
    expect(item).toMatchObject({ committer: anna.test.clientId, devices: adding.devices });
    expect(item?.roles).toHaveLength(1);
    // The running hash is the one that everybody gets who has followed the log.
    const before = entriesOf(annas, roomId).filter(({ sequence }) => sequence <= at);
    expect(before.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    const hash = before.reduce(
      (last, entry) => nextRunningHash(last, digestOf(entry)),
      initialRunningHash(roomId),
    );
    expect(item?.runningHash).toEqual(hash);
    // Nothing of what was before is for the new one, which can count the running hash from where it came in.
    expect(sequencesOf(bernds, roomId)).toEqual([at, at + 1]);
    const stretch = await bernds.take("entries", (frame) => frame.roomId === roomId);
    expect(nextRunningHash(stretch.previous ?? hash, digestOf(stretch.entries[0] as Entry))).toEqual(hash);
  });

  test("while away finds the Welcome later, until it is acknowledged, also after a restart", async () => {
    const annas = await online(anna);
    const roomId = await roomOf(annas, anna, bernd);
    await submit(annas, roomId, message(roomId, 1));
    await circle.server.restart();
    const first = await online(bernd);
    expect(inboxOf(first)).toMatchObject([{ sequence: 1, roomId }]);
    expect(sequencesOf(first, roomId)).toEqual([2, 3]);
    const second = await online(bernd);
    expect(inboxOf(second)).toHaveLength(1);
    const [item] = inboxOf(second);
    second.send({ type: "inbox-ack", sequence: 1, welcome: sha256(item?.welcome ?? new Uint8Array()) });
    await settled(second);
    expect(inboxOf(await online(bernd))).toEqual([]);
  });

  test("says in its hello what it has: the inbox item is gone even if its acknowledgement was lost", async () => {
    await roomOf(await online(anna), anna, bernd);
    expect(inboxOf(await online(bernd))).toHaveLength(1);
    expect(inboxOf(await online(bernd, { inboxSequence: 1 }))).toEqual([]);
    expect(inboxOf(await online(bernd, { inboxSequence: 0 }))).toEqual([]);
  });

  test("to many rooms while away gets every Welcome, in order, once on each connection", async () => {
    const annas = await online(anna);
    const rooms: RoomId[] = [];
    for (let index = 0; index < 120; index += 1) rooms.push(await roomOf(annas, anna, bernd));
    const bernds = await online(bernd);
    expect(inboxOf(bernds).map(({ roomId }) => roomId)).toEqual(rooms);
    expect(inboxOf(bernds).map(({ sequence }) => sequence)).toEqual(rooms.map((_, index) => index + 1));
  });
});

describe("who is removed", () => {
  test("hears up to its removal and nothing behind it, whether online or away (M10)", async () => {
    const [annas, bernds] = [await online(anna), await online(bernd)];
    const roomId = await roomOf(annas, anna, bernd, carla);
    await submit(annas, roomId, message(roomId, 1));
    const removal = await submit(annas, roomId, await rawCommit({ roomId, epoch: 1 }, idsOf(anna)));
    for (let index = 0; index < 5; index += 1) await submit(annas, roomId, message(roomId, 2));
    await settled(bernds);
    expect(sequencesOf(bernds, roomId)).toEqual([2, 3, removal]);
    // Carla was away all the time.
    const carlas = await online(carla);
    expect(sequencesOf(carlas, roomId)).toEqual([2, 3, removal]);
    const again = await online(carla, { cursors: [{ roomId, sequence: removal }] });
    expect(sequencesOf(again, roomId)).toEqual([]);
    const greedy = await online(bernd, { cursors: [{ roomId, sequence: 0 }] });
    expect(sequencesOf(greedy, roomId).every((sequence) => sequence <= removal)).toBe(true);
    greedy.send({ type: "submit", submissionId: newSubmissionId(), roomId, submission: message(roomId, 2) });
    expect((await greedy.take("refused")).code).toBe("not-a-member");
  });

  test("and comes back hears nothing of what was in between, whatever it claims", async () => {
    const [annas, bernds] = [await online(anna), await online(bernd)];
    const { roomId, roles } = await foundRoomBy(annas, anna.test, { others: [bernd.test] });
    await submit(annas, roomId, await rawCommit({ roomId, epoch: 1 }, idsOf(anna)));
    for (let index = 0; index < 3; index += 1) await submit(annas, roomId, message(roomId, 2));
    const back = await submit(
      annas,
      roomId,
      await rawCommit({ roomId, epoch: 2 }, idsOf(anna, bernd), { by: anna.test, roles }),
    );
    await submit(annas, roomId, message(roomId, 3));
    await hears(bernds, roomId, back + 1);
    expect(sequencesOf(bernds, roomId)).toEqual([2, 3, back, back + 1]);
    const greedy = await online(bernd, { cursors: [{ roomId, sequence: 0 }] });
    // How its time before ended it has not acknowledged; that is its own to read (P7).
    expect(sequencesOf(greedy, roomId)).toEqual([2, 3, back, back + 1]);
    const items = inboxOf(greedy).map(({ roomSequence }) => roomSequence);
    expect(items).toEqual([2, back]);
  });
});

describe("a stranger (S5)", () => {
  test("has the same answer for a room that exists and one that does not", async () => {
    const roomId = await roomOf(await online(anna), anna, bernd);
    const missing = "f".repeat(64) as RoomId;
    const strangers = await online(carla, {
      cursors: [
        { roomId, sequence: 0 },
        { roomId: missing, sequence: 0 },
      ],
    });
    const answers = [];
    for (const room of [roomId, missing])
      for (const submission of [
        message(room, 0),
        message(room, 1),
        message(room, 9),
        await rawCommit({ roomId: room, epoch: 1 }, idsOf(carla)),
        await rawCommit({ roomId: room, epoch: 0 }, idsOf(carla)),
      ]) {
        const submissionId = newSubmissionId();
        strangers.send({ type: "submit", submissionId, roomId: room, submission });
        const { submissionId: _, roomId: __, ...answer } = await strangers.answerTo(submissionId);
        answers.push(answer);
      }
    expect(answers).toEqual(answers.map(() => ({ type: "refused", code: "not-a-member" })));
    for (const room of [roomId, missing]) strangers.send({ type: "ack", roomId: room, sequence: 2 });
    await settled(strangers);
    expect(strangers.frames.filter(({ type }) => type === "entries" || type === "delivered")).toEqual([]);
    const size = 100;
    for (const room of [roomId, missing])
      expect(
        await carla.call(routes.postAttachment, {
          body: { roomId: room, attachmentId: "c".repeat(32), size },
        }),
      ).toEqual({
        status: 404,
        code: "not-a-member",
      });
  });

  test("cannot drop another's inbox or move another's cursor", async () => {
    const annas = await online(anna);
    const roomId = await roomOf(annas, anna, bernd);
    const at = await submit(annas, roomId, message(roomId, 1));
    const carlas = await online(carla);
    carlas.send({ type: "inbox-ack", sequence: Number.MAX_SAFE_INTEGER, welcome: new Uint8Array(32) });
    carlas.send({ type: "inbox-ack", sequence: 1, welcome: new Uint8Array(32) });
    carlas.send({ type: "ack", roomId, sequence: at });
    await settled(carlas);
    const bernds = await online(bernd);
    expect(inboxOf(bernds)).toHaveLength(1);
    const next = await submit(annas, roomId, message(roomId, 1));
    await hears(bernds, roomId, next);
    bernds.send({ type: "ack", roomId, sequence: next });
    // Bernd's own acknowledgement is the first that counts behind the beginning.
    const { sequence } = await annas.take(
      "delivered",
      (frame) => frame.roomId === roomId && frame.sequence >= at,
    );
    expect(sequence).toBe(next);
  });
});

describe("delivered", () => {
  const deliveredTo = (socket: RawSocket, roomId: RoomId, sequence: number) =>
    socket.take("delivered", (frame) => frame.roomId === roomId && frame.sequence === sequence);

  test("is said when every other user has a device that acknowledged, and not before", async () => {
    const [annas, bernds, carlas] = [await online(anna), await online(bernd), await online(carla)];
    const roomId = await roomOf(annas, anna, bernd, carla);
    const at = await submit(annas, roomId, message(roomId, 1));
    await Promise.all([hears(bernds, roomId, at), hears(carlas, roomId, at)]);
    bernds.send({ type: "ack", roomId, sequence: at });
    // Bernd has it: for Carla, Anna is missing; for Anna, Carla is.
    await settled(bernds);
    carlas.send({ type: "ack", roomId, sequence: at });
    await deliveredTo(annas, roomId, at);
    const early = annas.frames.filter(
      (frame) => frame.type === "delivered" && frame.sequence < at && frame.sequence > 2,
    );
    expect(early).toEqual([]);
  });

  test("counts an acknowledgement that was lost with its connection, once the hello says it again", async () => {
    const annas = await online(anna);
    const bernds = await online(bernd);
    const roomId = await roomOf(annas, anna, bernd);
    const at = await submit(annas, roomId, message(roomId, 1));
    await hears(bernds, roomId, at);
    bernds.socket.terminate();
    await online(bernd, { cursors: [{ roomId, sequence: at }] });
    await deliveredTo(annas, roomId, at);
    await circle.server.restart();
    await deliveredTo(await online(anna), roomId, at);
  });

  test("does not count what was never sent: neither acknowledged nor claimed in a hello", async () => {
    const annas = await online(anna);
    const roomId = await roomOf(annas, anna, bernd);
    const at = await submit(annas, roomId, message(roomId, 1));
    const ahead = await online(bernd, { cursors: [{ roomId, sequence: at + 1_000 }] });
    ahead.send({ type: "ack", roomId, sequence: at + 500 });
    await settled(ahead);
    const next = await submit(annas, roomId, message(roomId, 1));
    // It still gets what comes, and only that counts.
    await hears(ahead, roomId, next);
    ahead.send({ type: "ack", roomId, sequence: next });
    await deliveredTo(annas, roomId, next);
    const said = annas.frames.flatMap((frame) => (frame.type === "delivered" ? [frame.sequence] : []));
    expect(Math.max(...said)).toBe(next);
  });

  test("survives a restart and is told to whoever comes later", async () => {
    const [annas, bernds] = [await online(anna), await online(bernd)];
    const roomId = await roomOf(annas, anna, bernd);
    const at = await submit(annas, roomId, message(roomId, 1));
    await hears(bernds, roomId, at);
    bernds.send({ type: "ack", roomId, sequence: at });
    await deliveredTo(annas, roomId, at);
    await circle.server.restart();
    await deliveredTo(await online(anna), roomId, at);
  });
});
