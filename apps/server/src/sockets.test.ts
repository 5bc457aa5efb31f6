import { newSubmissionId, roomIdOf } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { signStructure } from "@nimes/protocol/signed/signed";
import { signOrder } from "@nimes/testing/organisation";
import { must } from "@nimes/testing/two-steps/raw-calls";
import type { RawSocket } from "@nimes/testing/two-steps/raw-socket";
import { openSocket } from "@nimes/testing/two-steps/raw-socket";
import type { RawOfficer, TestWorld } from "@nimes/testing/two-steps/world";
import { activateOfficer, openWorld } from "@nimes/testing/two-steps/world";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const socketOf = (officer: RawOfficer, token: string): Promise<RawSocket> =>
  openSocket(world.url, officer.test.device, token);

/** Founds a room and brings the other device in; returns a function that writes into it. */
async function roomOf(writer: RawOfficer, reader: RawOfficer): Promise<() => Promise<void>> {
  const socket = await socketOf(writer, await writer.open());
  await socket.next("caught-up");
  const roles: RoomRoles = {
    orgId: world.organisation.orgId,
    version: 1,
    previous: null,
    kind: "group",
    creator: writer.test.clientId,
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    users: [
      { userId: writer.test.letter.userId, role: "owner" },
      { userId: reader.test.letter.userId, role: "member" },
    ],
    time: world.organisation.madeAt,
  };
  const signed = await signStructure("RoomRoles", roles, [writer.test.device]);
  const roomId = roomIdOf(signed.payload);
  const submit = async (submission: object): Promise<void> => {
    const submissionId = newSubmissionId();
    socket.send({ type: "submit", submissionId, roomId, submission } as never);
    await socket.next("accepted");
  };
  await submit({ kind: "found", roles: signed });
  const bytes = Uint8Array.of(1);
  const devices = [writer.test.clientId, reader.test.clientId];
  await submit({ kind: "commit", epoch: 0, bytes, groupInfo: bytes, devices, welcome: bytes });
  return () => submit({ kind: "application", epoch: 1, bytes: crypto.getRandomValues(new Uint8Array(16)) });
}

test("a device that has only proved its key hears that something waits, and nothing else", async () => {
  const [anna, bernd] = [await activateOfficer(world), await activateOfficer(world)];
  const write = await roomOf(anna, bernd);
  const waiting = await socketOf(bernd, await bernd.signIn());
  expect(await waiting.next("opened")).toMatchObject({ keyPackagesLeft: 0, directorySequence: 0 });
  // The Welcome waits.
  expect(await waiting.next("wake")).toEqual({ type: "wake" });
  world.clock.pass(6_000);
  await write();
  expect(await waiting.next("wake")).toEqual({ type: "wake" });
  await write();
  waiting.send({ type: "ping" });
  await waiting.next("pong");
  expect(waiting.waiting()).toEqual([]);
  waiting.close();
});

test("a connection of the first step that sends what only an opened one may is closed", async () => {
  const officer = await activateOfficer(world);
  for (const frame of [
    { type: "ack", roomId: "0".repeat(64), sequence: 1 },
    { type: "inbox-ack", sequence: 1 },
  ] as const) {
    const socket = await socketOf(officer, await officer.signIn());
    await socket.next("opened");
    socket.send(frame as never);
    expect((await socket.next("closing")).code).toBe("not-opened");
    await socket.ended;
  }
});

test("a renewal with a token of the second step opens the connection to content", async () => {
  const [anna, bernd] = [await activateOfficer(world), await activateOfficer(world)];
  const write = await roomOf(anna, bernd);
  await write();
  const socket = await socketOf(bernd, await bernd.signIn());
  await socket.next("wake");
  await socket.renew(await bernd.open());
  await socket.next("opened");
  await socket.next("inbox");
  await socket.next("entries");
  await socket.next("caught-up");
  socket.close();
});

test("a renewal needs the device's own signature over this connection's challenge, and a level never falls (A3)", async () => {
  const [anna, bernd] = [await activateOfficer(world), await activateOfficer(world)];
  const forged = await socketOf(anna, await anna.open());
  await forged.renew(await anna.open(), bernd.test.device);
  expect((await forged.next("closing")).code).toBe("unauthorised");
  const foreign = await socketOf(anna, await anna.open());
  await foreign.renew(await bernd.open(), bernd.test.device);
  expect((await foreign.next("closing")).code).toBe("unauthorised");
  const lowered = await socketOf(anna, await anna.open());
  await lowered.next("caught-up");
  await lowered.renew(await anna.signIn());
  expect((await lowered.next("closing")).code).toBe("not-opened");
});

test("sign-out and lock end the sockets of a device at once; what is not opened hears of the order (A8)", async () => {
  const officer = await activateOfficer(world);
  const token = await officer.open();
  const opened = await socketOf(officer, token);
  await opened.next("caught-up");
  must(await officer.call(routes.postSignOut, { token }));
  expect(await opened.ended).toBe("unauthorised");

  world.clock.pass(1000);
  const again = await socketOf(officer, await officer.open());
  await again.next("caught-up");
  const asleep = await socketOf(officer, await officer.signIn());
  await asleep.next("opened");
  const order = await signOrder(world.organisation, "lock", { deviceId: officer.test.deviceId, sequence: 1 });
  must(await world.calls.call(routes.postOrder, { body: { kind: "lock", order } }));
  await again.next("orders-changed");
  expect(await again.ended).toBe("device-locked");
  await asleep.next("orders-changed");
  asleep.send({ type: "ping" });
  await asleep.next("pong");
  asleep.close();
});

test("a wipe ends the sockets of a device at once", async () => {
  const officer = await activateOfficer(world);
  const socket = await socketOf(officer, await officer.open());
  await socket.next("caught-up");
  const order = await signOrder(world.organisation, "wipe", { deviceId: officer.test.deviceId, sequence: 1 });
  must(await world.calls.call(routes.postOrder, { body: { kind: "wipe", order } }));
  expect(await socket.ended).toBe("capsule-destroyed");
});
