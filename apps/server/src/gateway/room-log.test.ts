/** The room log as devices see it over their sockets. */
import { randomBytes } from "node:crypto";
import type { Entry } from "@nimes/protocol/entry";
import type { ClientFrame, Submission } from "@nimes/protocol/frames/client-frames";
import type { AcceptedFrame, RefusedFrame } from "@nimes/protocol/frames/server-frames";
import type { ClientId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId, newUserId, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { activateDevice, enrolOfficer } from "@nimes/testing/organisation";
import type { Circle } from "@nimes/testing/server/circle";
import { connect, openCircle, sequencesOf } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import {
  foundRoom,
  foundRoomBy,
  rawApplication,
  rawCommit,
  signRoles,
  submit,
} from "@nimes/testing/server/raw-room";
import type { RawSocket } from "@nimes/testing/server/raw-socket";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

let circle: Circle;
let [anna, bernd, carla]: RawDevice[] = [];
let sockets: RawSocket[] = [];
const device = (given: RawDevice | undefined): RawDevice => {
  if (!given) throw new Error("the circle is not open");
  return given;
};
beforeAll(async () => {
  circle = await openCircle();
  [anna, bernd, carla] = [await circle.join(), await circle.join(), await circle.join()];
});
beforeEach(async () => {
  for (const socket of sockets) await socket.close();
  sockets = [];
});
afterAll(() => circle.close());

async function online(
  who: RawDevice | undefined,
  cursors: { roomId: RoomId; sequence: number }[] = [],
): Promise<RawSocket> {
  const socket = await connect(circle.server, device(who), { cursors });
  sockets.push(socket);
  return socket;
}
const submissionOf = (entry: Entry): SubmissionId | "" => ("submissionId" in entry ? entry.submissionId : "");
const message = (roomId: RoomId, size = 100, epoch = 1) =>
  rawApplication(roomId, { epoch, content: Uint8Array.from(randomBytes(size)) });
async function answerTo(
  socket: RawSocket,
  frame: { roomId: RoomId; submission: Submission; submissionId?: SubmissionId },
): Promise<AcceptedFrame | RefusedFrame> {
  const submissionId = frame.submissionId ?? newSubmissionId();
  socket.send({ type: "submit", ...frame, submissionId });
  return socket.answerTo(submissionId);
}
const roomOf = (
  socket: RawSocket,
  founder: RawDevice | undefined,
  others: (RawDevice | undefined)[],
): Promise<RoomId> =>
  foundRoom(socket, device(founder).test, { others: others.map((other) => device(other).test) });

describe("a submission", () => {
  test("again gets the same answer, also over another connection and after a restart (P1, P6)", async () => {
    const socket = await online(anna);
    const roomId = await roomOf(socket, anna, [bernd]);
    const frame = { roomId, submission: message(roomId), submissionId: newSubmissionId() };
    const first = await answerTo(socket, frame);
    expect(first).toMatchObject({ type: "accepted", sequence: 3 });
    expect(await answerTo(socket, frame)).toEqual(first);
    const [later, copy] = await Promise.all([
      answerTo(socket, { roomId, submission: message(roomId) }),
      answerTo(socket, frame),
    ]);
    expect(later).toMatchObject({ sequence: 4 });
    expect(copy).toEqual(first);
    await circle.server.restart();
    const anew = await online(anna);
    expect(await answerTo(anew, frame)).toEqual(first);
    expect(sequencesOf(anew, roomId).length).toBe(4);
  });

  test("with other contents under a used id is a conflict (P6)", async () => {
    const socket = await online(anna);
    const roomId = await roomOf(socket, anna, [bernd]);
    const other = await roomOf(socket, anna, [bernd]);
    const submissionId = newSubmissionId();
    const sent = message(roomId);
    await answerTo(socket, { roomId, submission: sent, submissionId });
    const commitId = newSubmissionId();
    const devices = [device(anna).test.clientId, device(bernd).test.clientId];
    const commit = await rawCommit({ roomId, epoch: 1 }, devices);
    const otherCommit = await rawCommit({ roomId, epoch: 1 }, devices);
    await answerTo(socket, { roomId, submission: commit, submissionId: commitId });
    const changed: [SubmissionId, Submission, RoomId][] = [
      [submissionId, message(roomId), roomId],
      [submissionId, message(roomId, 100, 0), roomId],
      [submissionId, sent, other],
      [submissionId, commit, roomId],
      [commitId, { ...commit, devices: devices.toReversed() }, roomId],
      [commitId, { ...commit, groupInfo: otherCommit.groupInfo }, roomId],
      [commitId, otherCommit, roomId],
    ];
    for (const [id, submission, room] of changed)
      expect(await answerTo(socket, { roomId: room, submission, submissionId: id })).toMatchObject({
        type: "refused",
        code: "submission-conflict",
      });
  });

  test("of one device does not stand in the way of another's with the same id", async () => {
    const socket = await online(anna);
    const roomId = await roomOf(socket, anna, [bernd]);
    const submissionId = newSubmissionId();
    expect(await answerTo(socket, { roomId, submission: message(roomId), submissionId })).toMatchObject({
      sequence: 3,
    });
    const berndsSocket = await online(bernd);
    expect(await answerTo(berndsSocket, { roomId, submission: message(roomId), submissionId })).toMatchObject(
      {
        sequence: 4,
      },
    );
  });

  test("of the largest size is taken and delivered", async () => {
    const [sender, receiver] = [await online(anna), await online(bernd)];
    const roomId = await roomOf(sender, anna, [bernd]);
    const around = 80;
    const submission = message(roomId, limits.maxMessageBytes - around);
    expect(submission.bytes).toHaveLength(limits.maxMessageBytes);
    await answerTo(sender, { roomId, submission });
    const { entries } = await receiver.take(
      "entries",
      (frame) => frame.roomId === roomId && frame.entries[0]?.kind === "application",
    );
    const [entry] = entries;
    expect(entry?.kind === "application" && Buffer.compare(entry.bytes, submission.bytes)).toBe(0);
  });
});

describe("epochs", () => {
  test("of two dozen commits at once one wins, the others hear the current epoch (M7, P5)", async () => {
    const [a, b, c] = [await online(anna), await online(bernd), await online(carla)];
    const roomId = await roomOf(a, anna, [bernd, carla]);
    const devices = [anna, bernd, carla].map((member) => device(member).test.clientId);
    const racing = Array.from({ length: 8 }, () => [a, b, c]).flat();
    const answers = await Promise.all(
      racing.map(async (socket) =>
        answerTo(socket, { roomId, submission: await rawCommit({ roomId, epoch: 1 }, devices) }),
      ),
    );
    expect(answers.filter(({ type }) => type === "accepted")).toHaveLength(1);
    for (const answer of answers)
      if (answer.type === "refused") expect(answer).toMatchObject({ code: "stale-epoch", epoch: 2 });
  });

  test("a commit for an old or a future epoch is refused with the current one (M8)", async () => {
    const socket = await online(anna);
    const roomId = await roomOf(socket, anna, [bernd]);
    const devices = [anna, bernd].map((member) => device(member).test.clientId);
    for (const epoch of [0, 2, 7])
      expect(
        await answerTo(socket, { roomId, submission: await rawCommit({ roomId, epoch }, devices) }),
      ).toMatchObject({
        code: "stale-epoch",
        epoch: 1,
      });
  });

  test("messages of epochs that still open are taken, older and future ones refused with the current (M8)", async () => {
    const socket = await online(anna);
    const roomId = await roomOf(socket, anna, [bernd]);
    const devices = [anna, bernd].map((member) => device(member).test.clientId);
    for (let epoch = 1; epoch <= 5; epoch += 1)
      await submit(socket, roomId, await rawCommit({ roomId, epoch }, devices));
    const current = 6;
    for (let back = 0; back <= limits.epochsBack; back += 1)
      expect(
        await answerTo(socket, { roomId, submission: message(roomId, 10, current - back) }),
      ).toMatchObject({
        type: "accepted",
      });
    for (const epoch of [current - limits.epochsBack - 1, current + 1, 0])
      expect(await answerTo(socket, { roomId, submission: message(roomId, 10, epoch) })).toMatchObject({
        code: "stale-epoch",
        epoch: current,
      });
  });
});

describe("founding", () => {
  test("needs the founder's own roles that name the room", async () => {
    const socket = await online(anna);
    const { test: me } = device(anna);
    const { test: other } = device(bernd);
    const users = [me.letter.userId];
    const good = await signRoles(me, { kind: "group", users });
    const berndsRoles = await signRoles(other, { kind: "group", users: [other.letter.userId] });
    const byMeForBernd = await signRoles(me, {
      kind: "group",
      users: [...users, other.letter.userId],
      changes: { author: other.clientId },
    });
    const withoutMe = await signRoles(me, { kind: "group", users: [other.letter.userId] });
    const alone = await signRoles(me, { kind: "direct", users });
    const twice = await signRoles(me, { kind: "direct", users: [...users, ...users] });
    const refusals: [string, RoomId, typeof good.roles][] = [
      ["wrong-signer", berndsRoles.roomId, berndsRoles.roles],
      ["malformed", "0".repeat(64) as RoomId, good.roles],
      ["malformed", berndsRoles.roomId, good.roles],
      ["forbidden", byMeForBernd.roomId, byMeForBernd.roles],
      ["malformed", withoutMe.roomId, withoutMe.roles],
      ["malformed", alone.roomId, alone.roles],
      ["malformed", twice.roomId, twice.roles],
    ];
    for (const [code, roomId, roles] of refusals)
      expect(await answerTo(socket, { roomId, submission: { kind: "found", roles } })).toMatchObject({
        code,
      });
    const [signature] = good.roles.signatures;
    if (!signature) throw new Error("roles are signed");
    const broken = { ...good.roles, signatures: [{ ...signature, signature: new Uint8Array(64) }] };
    expect(
      await answerTo(socket, { roomId: good.roomId, submission: { kind: "found", roles: broken } }),
    ).toMatchObject({
      code: "bad-signature",
    });
    const found = { kind: "found", roles: good.roles } as const;
    expect(await answerTo(socket, { roomId: good.roomId, submission: found })).toMatchObject({ sequence: 1 });
    expect(await answerTo(socket, { roomId: good.roomId, submission: found })).toMatchObject({
      code: "room-exists",
    });
  });

  test("a second direct room of the same two names the first, also when both found at once", async () => {
    const [a, b] = [await online(anna), await online(bernd)];
    const users = [device(anna).test.letter.userId, device(bernd).test.letter.userId];
    const [mine, theirs] = [
      await signRoles(device(anna).test, { kind: "direct", users }),
      await signRoles(device(bernd).test, { kind: "direct", users: [...users].reverse() }),
    ];
    const answers = await Promise.all([
      answerTo(a, { roomId: mine.roomId, submission: { kind: "found", roles: mine.roles } }),
      answerTo(b, { roomId: theirs.roomId, submission: { kind: "found", roles: theirs.roles } }),
    ]);
    const winner = answers.find(({ type }) => type === "accepted");
    const loser = answers.find(({ type }) => type === "refused");
    expect(loser).toMatchObject({ code: "room-exists", existingRoomId: winner?.roomId });
  });

  test("several rooms and their first commits in one go keep their order", async () => {
    const socket = await online(anna);
    const { test: me } = device(anna);
    const rooms = await Promise.all(
      Array.from({ length: 5 }, () => signRoles(me, { kind: "group", users: [me.letter.userId] })),
    );
    const ids: SubmissionId[] = [];
    const send = (roomId: RoomId, submission: Submission): void => {
      const submissionId = newSubmissionId();
      ids.push(submissionId);
      socket.send({ type: "submit", submissionId, roomId, submission });
    };
    for (const { roomId, roles } of rooms) {
      send(roomId, { kind: "found", roles });
      send(roomId, await rawCommit({ roomId, epoch: 0 }, [me.clientId]));
      send(roomId, message(roomId));
    }
    for (const id of ids)
      expect((await socket.take("accepted", (frame) => frame.submissionId === id)).sequence).toBeGreaterThan(
        0,
      );
  });
});

describe("a commit's device list", () => {
  async function verdict(devices: ClientId[], options: { welcome?: boolean } = {}): Promise<string> {
    const socket = await online(anna);
    const { test: by } = device(anna);
    const { roomId, roles } = await foundRoomBy(socket, by, { others: [device(bernd).test] });
    const welcome = (options.welcome ?? true) ? { by, roles } : undefined;
    const submission = await rawCommit({ roomId, epoch: 1 }, devices, welcome);
    const answer = await answerTo(socket, { roomId, submission });
    return answer.type === "accepted" ? "accepted" : answer.code;
  }
  const ids = () => ({
    me: device(anna).test.clientId,
    b: device(bernd).test.clientId,
    c: device(carla).test.clientId,
  });

  test("without the sender, with a device twice, or with one that nobody has activated is refused", async () => {
    const { me, b } = ids();
    const letter = await enrolOfficer(circle.organisation);
    const { clientId: unknown } = await activateDevice(letter);
    const foreign = b.replace(userOf(b), newUserId()) as ClientId;
    const otherOrg = `${b.slice(0, -32)}${"0".repeat(32)}` as ClientId;
    expect(await verdict([b], { welcome: false })).toBe("malformed");
    expect(await verdict([me, b, b], { welcome: false })).toBe("malformed");
    expect(await verdict([me, b, unknown])).toBe("malformed");
    expect(await verdict([me, b, foreign])).toBe("malformed");
    expect(await verdict([me, foreign])).toBe("malformed");
    expect(await verdict([me, otherOrg])).toBe("malformed");
  });

  test("that adds somebody needs a Welcome, and a Welcome needs somebody who is added", async () => {
    const { me, b, c } = ids();
    expect(await verdict([me, b, c], { welcome: false })).toBe("malformed");
    expect(await verdict([me, b], { welcome: true })).toBe("malformed");
    expect(await verdict([me], { welcome: true })).toBe("malformed");
    expect(await verdict([me, b, c])).toBe("accepted");
    expect(await verdict([me], { welcome: false })).toBe("accepted");
  });

  test("with a third person in a direct room is refused", async () => {
    const socket = await online(anna);
    const [dora, emil] = [await circle.join(), await circle.join()];
    const doras = await online(dora);
    const room = { kind: "direct" as const, others: [emil.test] };
    const { roomId, roles } = await foundRoomBy(doras, dora.test, room);
    const devices = [dora.test.clientId, emil.test.clientId, device(anna).test.clientId];
    const submission = await rawCommit({ roomId, epoch: 1 }, devices, { by: dora.test, roles });
    expect(await answerTo(doras, { roomId, submission })).toMatchObject({ code: "forbidden" });
    expect(sequencesOf(socket, roomId)).toEqual([]);
  });
});

test("sequences stay gap-free when eight devices write at once, and everybody has the same order (P3)", async () => {
  const writers = await Promise.all(Array.from({ length: 8 }, () => circle.join()));
  const [founder, ...others] = writers;
  const open = await Promise.all(writers.map((writer) => online(writer)));
  const [first] = open;
  if (!first || !founder) throw new Error("there are writers");
  const roomId = await roomOf(first, founder, others);
  const each = 40;
  const sent: ClientFrame[][] = open.map(() =>
    Array.from({ length: each }, () => ({
      type: "submit",
      submissionId: newSubmissionId(),
      roomId,
      submission: message(roomId, 50),
    })),
  );
  for (let index = 0; index < each; index += 1)
    for (const [writer, socket] of open.entries()) {
      const frame = sent[writer]?.[index];
      if (frame) socket.send(frame);
    }
  const last = 2 + 8 * each;
  for (const socket of open)
    await socket.take("entries", ({ entries }) => entries.some(({ sequence }) => sequence === last));
  const logs = open.map((socket) =>
    socket.frames.flatMap((frame) => (frame.type === "entries" ? frame.entries : [])),
  );
  for (const log of logs) {
    const mine = log.filter(({ sequence }) => sequence > 2);
    expect(mine.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: last - 2 }, (_, index) => index + 3),
    );
    expect(mine.map(submissionOf)).toEqual(logs[0]?.filter(({ sequence }) => sequence > 2).map(submissionOf));
  }
  // Each sender's own order is kept.
  for (const frames of sent) {
    const order = frames.flatMap((frame) => (frame.type === "submit" ? [frame.submissionId] : []));
    const placed = logs[0]?.map(submissionOf).filter((id) => order.some((one) => one === id));
    expect(placed).toEqual(order);
  }
});
