/** Key packages: for every device of a user, each once, and word for whoever asked in vain. */
import type { UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, enrolOfficer } from "@nimes/testing/organisation";
import { type Circle, connect, openCircle } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import { type RawDevice, rawDevice } from "@nimes/testing/server/raw-device";
import { afterAll, beforeEach, expect, test } from "vitest";

const circles: Circle[] = [];
let circle: Circle;
let anna: RawDevice;
let bernd: RawDevice;
beforeEach(async () => {
  circle = await openCircle();
  circles.push(circle);
  anna = await circle.join();
  bernd = await circle.join();
});
afterAll(async () => {
  for (const one of circles) await one.close();
});

const some = (count: number): Uint8Array[] =>
  Array.from({ length: count }, () => crypto.getRandomValues(new Uint8Array(200)));
const upload = (device: RawDevice, keyPackages: Uint8Array[]) =>
  device.call(routes.postKeyPackages, { body: { keyPackages } });
const claim = async (device: RawDevice, ...userIds: UserId[]) =>
  must(await device.call(routes.postKeyPackageClaim, { body: { userIds } })).devices;

test("each is given out once, also to many who ask at the same moment", async () => {
  const given = some(10);
  expect(must(await upload(bernd, given)).left).toBe(10);
  const { userId } = bernd.test.letter;
  const claims = await Promise.all(Array.from({ length: 12 }, () => claim(anna, userId)));
  const got = claims
    .flat()
    .flatMap(({ keyPackage }) => (keyPackage ? [Buffer.from(keyPackage).toString("hex")] : []));
  expect(got.sort()).toEqual(given.map((bytes) => Buffer.from(bytes).toString("hex")).sort());
  expect(claims.flat().filter(({ keyPackage }) => keyPackage === null)).toHaveLength(2);
});

test("an upload whose answer was lost, sent again, doubles nothing (P6)", async () => {
  const given = some(3);
  must(await upload(bernd, given));
  await claim(anna, bernd.test.letter.userId);
  expect(must(await upload(bernd, given)).left).toBe(2);
});

test("a device keeps a bounded number", async () => {
  for (let filled = 0; filled < 2; filled += 1) must(await upload(bernd, some(limits.keyPackagesPerDevice)));
  expect(await upload(bernd, some(1))).toEqual({ status: 429, code: "too-many" });
});

test("users without a device, and the asking device itself, are missing in the answer", async () => {
  const letter = await enrolOfficer(circle.organisation);
  must(await anna.calls.call(routes.postAttestation, { body: letter.signedAttestation }));
  must(await upload(anna, some(1)));
  expect(await claim(anna, letter.userId, anna.test.letter.userId)).toEqual([]);
  expect(await claim(bernd, anna.test.letter.userId)).toHaveLength(1);
});

test("whoever asked in vain hears when it has become possible, at once when connected", async () => {
  const socket = await connect(circle.server, anna);
  const { userId } = bernd.test.letter;
  expect(await claim(anna, userId)).toEqual([{ clientId: bernd.test.clientId, keyPackage: null }]);
  must(await upload(bernd, some(2)));
  expect(await socket.take("key-packages-available")).toMatchObject({ userId });
  await socket.close();
});

test("whoever asked in vain hears it at the next hello, also after a restart of the server", async () => {
  const letter = await enrolOfficer(circle.organisation);
  must(await anna.calls.call(routes.postAttestation, { body: letter.signedAttestation }));
  expect(await claim(anna, letter.userId)).toEqual([]);
  await circle.server.restart();
  const clara = rawDevice(circle.server.calls, await activateDevice(letter));
  await clara.enrol();
  await clara.open();
  const early = await connect(circle.server, anna);
  must(await upload(clara, some(1)));
  await early.take("key-packages-available", ({ userId }) => userId === letter.userId);
  await early.close();
  const late = await connect(circle.server, anna);
  await late.take("key-packages-available", ({ userId }) => userId === letter.userId);
  await late.close();
  expect(await claim(anna, letter.userId)).toMatchObject([{ clientId: clara.test.clientId }]);
  // Nobody waits any more.
  const after = await connect(circle.server, anna);
  after.send({ type: "ping" });
  await after.take("pong");
  expect(after.frames.some(({ type }) => type === "key-packages-available")).toBe(false);
  await after.close();
});

test("a device that runs low is told how many are left", async () => {
  must(await upload(bernd, some(limits.keyPackageRefillBelow)));
  const socket = await connect(circle.server, bernd);
  await claim(anna, bernd.test.letter.userId);
  expect(await socket.take("key-packages-low")).toEqual({
    type: "key-packages-low",
    left: limits.keyPackageRefillBelow - 1,
  });
  await socket.close();
});
