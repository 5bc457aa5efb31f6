/** Tokens are worth nothing without the device key, proofs count once and for one body (TESTS: Sign-in). */
import { oldestProtocolVersion, protocolVersion } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, enrolOfficer, newSigner } from "@nimes/testing/organisation";
import { type Circle, connect, openCircle } from "@nimes/testing/server/circle";
import { type RawDevice, rawDevice } from "@nimes/testing/server/raw-device";
import { afterAll, beforeAll, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle();
  anna = await circle.join();
});
afterAll(() => circle.close());

const directory = { query: { after: "0" } };
const refused = { status: 401, code: "unauthorised" };

test("a proof without a token, or with one nobody gave, is refused (A3)", async () => {
  const signer = anna.test.device;
  expect(await anna.calls.call(routes.getDirectory, { ...directory, signer })).toEqual(refused);
  const token = `${(await anna.open()).slice(0, -4)}AAAA`;
  expect(await anna.calls.call(routes.getDirectory, { ...directory, signer, token })).toEqual(refused);
});

test("a nonce that is not this server's asks for a fresh one, which comes with the refusal (A6)", async () => {
  const answer = await anna.call(routes.getDirectory, { ...directory, claims: { nonce: "A".repeat(43) } });
  expect(answer).toEqual({ status: 401, code: "nonce-required" });
  expect(await anna.call(routes.getDirectory, directory)).toMatchObject({ status: 200 });
});

test("a proof for another method, place, server or token is refused", async () => {
  const { url } = circle.server;
  const wrong = [
    { htm: "POST" },
    { htu: `${url}/v1/key-packages` },
    { htu: `https://nimes.example.org${routes.getDirectory.path}` },
    { htu: "no address" },
    { htu: undefined },
    { ath: "A".repeat(43) },
    { jti: undefined },
    { jti: "x".repeat(100) },
    { bh: undefined },
  ];
  for (const claims of wrong)
    expect(await anna.call(routes.getDirectory, { ...directory, claims })).toEqual(refused);
});

test("a device signs in only with its own key, and an unknown one looks like a wrong key", async () => {
  const stranger = await newSigner();
  const known = { body: { deviceId: anna.test.deviceId, version: protocolVersion }, signer: stranger };
  const unknown = { body: { deviceId: "0".repeat(32), version: protocolVersion }, signer: stranger };
  expect(await anna.calls.call(routes.postSignIn, known)).toEqual(refused);
  expect(await anna.calls.call(routes.postSignIn, unknown)).toEqual(refused);
});

test("after signing out every older token and connection has ended, also across a restart (A8)", async () => {
  const bernd = await circle.join();
  const socket = await connect(circle.server, bernd);
  const old = await bernd.open();
  expect(await bernd.call(routes.postSignOut)).toMatchObject({ status: 200 });
  expect(await socket.take("closing")).toMatchObject({ code: "unauthorised" });
  await socket.closed;
  const signer = bernd.test.device;
  const request = { ...directory, signer, token: old };
  expect(await bernd.calls.call(routes.getDirectory, request)).toEqual(refused);
  await circle.server.restart();
  expect(await bernd.calls.call(routes.getDirectory, request)).toEqual(refused);
  await bernd.open();
  expect(await bernd.call(routes.getDirectory, directory)).toMatchObject({ status: 200 });
});

test("a new letter ends the old device at once: token, sign-in and connection (A8)", async () => {
  const bernd = await circle.join();
  const socket = await connect(circle.server, bernd);
  const again = await enrolOfficer(circle.organisation, {
    userId: bernd.test.letter.userId,
    generation: 2,
  });
  const next = rawDevice(circle.server.calls, await activateDevice(again));
  await next.enrol();
  expect(await socket.take("closing")).toMatchObject({ code: "device-ended" });
  const ended = { status: 401, code: "device-ended" };
  expect(await bernd.call(routes.getDirectory, directory)).toEqual(ended);
  const signIn = {
    body: { deviceId: bernd.test.deviceId, version: protocolVersion },
    signer: bernd.test.device,
  };
  expect(await bernd.calls.call(routes.postSignIn, signIn)).toEqual(ended);
  await next.open();
  expect(await next.call(routes.getDirectory, directory)).toMatchObject({ status: 200 });
});

test("an app that is older than the server takes is told so, whoever it is; a newer one is let in and sees the version", async () => {
  const anna = await circle.join();
  const call = (version: number) =>
    anna.calls.call(routes.postSignIn, {
      body: { deviceId: anna.test.deviceId, version },
      signer: anna.test.device,
    });
  expect(await call(oldestProtocolVersion - 1)).toEqual({ status: 426, code: "app-too-old" });
  for (const version of [protocolVersion, protocolVersion + 7])
    expect(await call(version)).toMatchObject({
      code: "ok",
      value: { version: protocolVersion, oldestVersion: oldestProtocolVersion },
    });
});
