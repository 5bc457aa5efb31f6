import { routes } from "@nimes/protocol/routes/routes";
import { signOrder } from "@nimes/testing/organisation";
import { activateByHand, connect } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { foundRoom, rawApplication, submit } from "@nimes/testing/server/raw-room";
import type { RawSocket } from "@nimes/testing/server/raw-socket";
import { greetingSocket } from "@nimes/testing/server/raw-socket";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const socketOf = ({ test: { device } }: RawDevice, token: string): Promise<RawSocket> =>
  greetingSocket(world.url, { signer: device, token });
const endOf = async ({ closed }: RawSocket): Promise<string> => (await closed).reason;
const refusedWith = async (socket: RawSocket): Promise<string> => (await socket.take("closing")).code;

/** Founds a room and brings the other device in; returns a function that writes into it. */
async function roomOf(writer: RawDevice, reader: RawDevice): Promise<() => Promise<unknown>> {
  const socket = await connect(world, writer);
  const roomId = await foundRoom(socket, writer.test, { others: [reader.test] });
  return () => submit(socket, roomId, rawApplication(roomId));
}

test("a device that has only proved its key hears that something waits, and nothing else", async () => {
  const [anna, bernd] = [await activateByHand(world), await activateByHand(world)];
  const write = await roomOf(anna, bernd);
  const waiting = await socketOf(bernd, await bernd.prove());
  expect(await waiting.take("signed-in")).toMatchObject({ keyPackagesLeft: 0, directorySequence: 0 });
  // The Welcome waits.
  expect(await waiting.take("wake")).toEqual({ type: "wake" });
  world.clock.pass(6_000);
  await write();
  expect(await waiting.take("wake")).toEqual({ type: "wake" });
  await write();
  waiting.send({ type: "ping" });
  await waiting.take("pong");
  expect(waiting.frames.map(({ type }) => type)).toEqual(["challenge", "signed-in", "wake", "wake", "pong"]);
  await waiting.close();
});

test("a connection of the first step that sends what only an opened one may is closed", async () => {
  const officer = await activateByHand(world);
  for (const frame of [
    { type: "ack", roomId: "0".repeat(64), sequence: 1 },
    { type: "inbox-ack", sequence: 1, welcome: new Uint8Array(32) },
  ] as const) {
    const socket = await socketOf(officer, await officer.prove());
    await socket.take("signed-in");
    socket.send(frame as never);
    expect(await refusedWith(socket)).toBe("not-opened");
    await socket.closed;
  }
});

test("a renewal with a token of the second step opens the connection to content", async () => {
  const [anna, bernd] = [await activateByHand(world), await activateByHand(world)];
  const write = await roomOf(anna, bernd);
  await write();
  const socket = await socketOf(bernd, await bernd.prove());
  await socket.take("wake");
  const before = socket.frames.length;
  await socket.renew(await bernd.open(), bernd.test.device);
  await socket.take("caught-up");
  const shown = socket.frames.slice(before).map(({ type }) => type);
  expect(shown).toEqual(["signed-in", "inbox", "entries", "caught-up"]);
  await socket.close();
});

test("a renewal needs the device's own signature over this connection's challenge, and a level never falls (A3)", async () => {
  const [anna, bernd] = [await activateByHand(world), await activateByHand(world)];
  const forged = await socketOf(anna, await anna.open());
  await forged.renew(await anna.open(), bernd.test.device);
  expect(await refusedWith(forged)).toBe("unauthorised");
  const foreign = await socketOf(anna, await anna.open());
  await foreign.renew(await bernd.open(), bernd.test.device);
  expect(await refusedWith(foreign)).toBe("unauthorised");
  const lowered = await socketOf(anna, await anna.open());
  await lowered.take("caught-up");
  await lowered.renew(await anna.prove(), anna.test.device);
  expect(await refusedWith(lowered)).toBe("not-opened");
});

test("sign-out and lock end the sockets of a device at once; what is not opened hears of the order (A8)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const opened = await socketOf(officer, token);
  await opened.take("caught-up");
  must(await officer.call(routes.postSignOut, { token }));
  expect(await endOf(opened)).toBe("unauthorised");

  world.clock.pass(1000);
  const again = await socketOf(officer, await officer.open());
  await again.take("caught-up");
  const asleep = await socketOf(officer, await officer.prove());
  await asleep.take("signed-in");
  const order = await signOrder(world.organisation, "lock", { deviceId: officer.test.deviceId, sequence: 1 });
  must(await world.calls.call(routes.postOrder, { body: { kind: "lock", order } }));
  await again.take("orders-changed");
  expect(await endOf(again)).toBe("device-locked");
  await asleep.take("orders-changed");
  asleep.send({ type: "ping" });
  await asleep.take("pong");
  await asleep.close();
});

test("a wipe ends the sockets of a device at once", async () => {
  const officer = await activateByHand(world);
  const socket = await socketOf(officer, await officer.open());
  await socket.take("caught-up");
  const order = await signOrder(world.organisation, "wipe", { deviceId: officer.test.deviceId, sequence: 1 });
  must(await world.calls.call(routes.postOrder, { body: { kind: "wipe", order } }));
  expect(await endOf(socket)).toBe("capsule-destroyed");
});
