/**
 * Each answer of the server in the second step, once as a lie: nothing opens, nothing is lost that the server could not
 * withhold anyway, and with an honest server the device goes on (A1 to A9).
 */
import { systemClock } from "@nimes/client/adapters/system-clock";
import type { ErrorCode } from "@nimes/protocol/errors";
import { statusOf } from "@nimes/protocol/errors";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { liar } from "../network/liar.ts";
import { signAgreement } from "../organisation.ts";
import { annaBehind } from "./behind-a-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const opens = { ok: true, value: undefined };
const next = "Allerbrücke 7";
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

const garbage = "A".repeat(64);

test("nonsense for the beginning of a sign-in reads as a wrong PIN, and the numbers beside it stay plausible (A1)", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  await anna.client.lock();
  server.lie(routes.postPinLoginStart, () => ({ response: garbage, triesLeft: 2 ** 40 }));
  expect(await anna.client.open(anna.pin)).toEqual({ ok: false, code: "pin-wrong" });
  expect((await act.lockOf(anna))?.triesLeft).toBeLessThanOrEqual(limits.pinTries);
  await isWhole();
});

test("the answer to one sign-in does not do for another (A4)", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  let first: { response: string; triesLeft: number } | undefined;
  server.lie(routes.postPinLoginStart, (answer) => {
    first ??= answer;
    return first;
  });
  await anna.client.lock();
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  await anna.client.lock();
  expect(await anna.client.open(anna.pin)).toEqual({ ok: false, code: "pin-wrong" });
  await isWhole();
});

test("a token that nobody gave opens no connection, and the device closes again (A3)", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  await anna.client.lock();
  server.lie(routes.postPinLoginFinish, () => ({ token: "x.y.z", lifetimeMs: Number.MAX_SAFE_INTEGER }));
  await anna.client.open(anna.pin);
  await until(anna.client, "locked", async () => (await anna.client.state()).state === "locked");
  await isWhole();
});

test("a token of a moment at the opening and at each renewal makes nobody renew all the time", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  await anna.client.lock();
  const renewals = () => server.requests.filter(({ url }) => url.endsWith(routes.postRenewal.path)).length;
  server.lie(routes.postPinLoginFinish, (answer) => ({ ...answer, lifetimeMs: 0 }));
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  server.lie(routes.postRenewal, (answer) => ({ ...answer, lifetimeMs: 0 }));
  await act.isOnline(anna);
  const before = renewals();
  for (let time = 0; time < 20; time += 1)
    await anna.client.createGroup({ name: `Lage ${time}`, userIds: [] });
  expect(renewals() - before).toBeLessThanOrEqual(1);
  await isWhole();
});

test("a renewal that brings a token that nobody gave closes the device, and the PIN opens it again (A3)", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  await anna.client.lock();
  server.lie(routes.postPinLoginFinish, (answer) => ({ ...answer, token: "x.y.z" }));
  await anna.client.open(anna.pin);
  server.lie(routes.postRenewal, (answer) => ({ ...answer, token: "x.y.z" }));
  await until(anna.client, "locked", async () => (await anna.client.state()).state === "locked");
  expect(server.requests.filter(({ url }) => url.endsWith(routes.postRenewal.path)).length).toBeLessThan(5);
  await isWhole();
});

test("what the device state says of tries, pauses, time, passkeys and rules moves what is shown, and no more", async () => {
  const server = liar();
  const { anna, add, openWithPasskey } = await annaBehind(here, server);
  expect(await add()).toEqual(opens);
  const rules = await anna.client.rules();
  await anna.client.lock();
  server.lie(routes.getDeviceState, (state) => ({
    ...state,
    triesLeft: Number.MAX_SAFE_INTEGER,
    waitMs: Number.MAX_SAFE_INTEGER,
    serverTime: Number.MAX_SAFE_INTEGER,
    acceptedAgreement: Number.MAX_SAFE_INTEGER,
    organisationVersion: Number.MAX_SAFE_INTEGER,
    policy: null,
    agreement: null,
    passkeys: [],
  }));
  // Nobody is kept from trying, whatever the screen says.
  expect(await anna.client.open("geraten 123")).toMatchObject({ ok: false });
  const lock = await act.lockOf(anna);
  expect(lock?.triesLeft).toBeLessThanOrEqual(limits.pinTries);
  expect(lock?.waitUntil ?? 0).toBeLessThanOrEqual(Date.now() + limits.maxPinPauseMs);
  expect(lock?.passkey).toBe(true);
  expect(await openWithPasskey()).toEqual(opens);
  expect(await anna.client.rules()).toEqual(rules);
  // Manifests that are said to be there and are not are asked for once each time, and once by whoever opens.
  const asked = (path: string): number => server.requests.filter(({ url }) => url.includes(path)).length;
  expect(asked(routes.getOrganisation.path)).toBeLessThanOrEqual(2 * asked(routes.getDeviceState.path));
});

test("a server that says that the tries are used up ends the capsule, which it could keep closed for good, and leaves what to do", async () => {
  const server = liar();
  const { anna } = await annaBehind(here, server);
  await anna.client.lock();
  server.lie(routes.postPinLoginStart, () => ({ response: garbage, triesLeft: 0 }));
  expect((await anna.client.open(anna.pin)).ok).toBe(false);
  expect(await anna.client.state()).toEqual({ state: "destroyed", why: "tries" });
  server.honest();
  await anna.client.startAfresh();
  expect((await anna.client.state()).state).toBe("not-activated");
});

test("a registration that does not fit leaves the old PIN in force (P6)", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  const change = () => anna.client.changePin({ current: anna.pin, next });
  server.lie(routes.postPinChangeStart, (answer) => ({ ...answer, response: garbage }));
  expect(await change()).toMatchObject({ ok: false });
  await isWhole();
  server.lie(routes.postPinChangeStart, (answer) => ({
    ...answer,
    registrationId: "0".repeat(64) as typeof answer.registrationId,
  }));
  expect(await change()).toMatchObject({ ok: false });
  await isWhole();
});

test("a server that only says that it has the new PIN goes on opening with the old one, and nothing is lost", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  server.answer(routes.postPinChange, { status: 200, body: {} });
  expect(await anna.client.changePin({ current: anna.pin, next })).toEqual(opens);
  server.honest();
  await anna.client.lock();
  expect(await anna.client.open(next)).toEqual({ ok: false, code: "pin-wrong" });
  await isWhole();
});

test("an acceptance that the server only says it has taken is asked for again, and the device goes on", async () => {
  const server = liar();
  const { anna, isWhole } = await annaBehind(here, server);
  await here.publish(routes.postAgreement, await signAgreement(here.organisation, { version: 1 }));
  await anna.client.lock();
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  server.answer(routes.postAgreementAcceptance, { status: 200, body: {} });
  expect((await anna.client.acceptAgreement(1)).ok).toBe(false);
  server.honest();
  expect(await anna.client.open(anna.pin)).toEqual(opens);
  expect(await anna.client.state()).toMatchObject({ state: "agreement", agreement: { version: 1 } });
  expect(await anna.client.acceptAgreement(1)).toEqual(opens);
  await isWhole();
});

const refusals: ErrorCode[] = [
  "agreement-required",
  "app-too-old",
  "device-ended",
  "device-locked",
  "internal",
  "malformed",
  "nonce-required",
  "not-found",
  "not-opened",
  "passkey-refused",
  "pin-required",
  "pin-wait",
  "pin-wrong",
  "private-not-allowed",
  "too-many",
  "unauthorised",
  "unavailable",
];
test.for([routes.postSignIn, routes.getDeviceState, routes.postPinLoginStart, routes.postPinLoginFinish])(
  "no refusal that is made up for $path stops a device for good",
  { timeout: 600_000 },
  async (route) => {
    const server = liar();
    const { anna } = await annaBehind(here, server);
    await here.sleep(anna);
    for (const code of refusals) {
      const again = await here.restart(anna, { ...server.ports, clock: fastClock(20) });
      server.answer(route, { status: statusOf(code) || 500, body: { code } });
      const opened = await again.client.open(anna.pin);
      expect([code, opened.ok]).toEqual([code, false]);
      server.honest();
      await here.sleep(again);
      const healed = await here.restart(again, { ...server.ports, clock: systemClock });
      expect([code, await healed.client.open(anna.pin)]).toEqual([code, opens]);
      await here.sleep(healed);
    }
  },
);

test("a first token of step one that nobody gave, or that lives a moment, is fetched anew and harms nothing", async () => {
  const server = liar();
  const anna = await here.join("Anna", server.ports);
  await here.sleep(anna);
  const again = await here.restart(anna, server.ports);
  server.lie(routes.postSignIn, (answer) => ({ ...answer, token: "x.y.z", lifetimeMs: 0 }));
  expect(await again.client.open(anna.pin)).toEqual({ ok: false, code: "unauthorised" });
  expect((await again.client.state()).state).toBe("locked");
  server.honest();
  expect(await again.client.open(anna.pin)).toEqual(opens);
});

test("at the activation a registration that does not fit uses no letter", async () => {
  const server = liar();
  const letter = await here.enrol("Bernd");
  server.lie(routes.postActivationPin, (answer) => ({ ...answer, response: garbage }));
  await expect(here.join("Bernd", server.ports, letter)).rejects.toThrow("malformed");
  server.lie(routes.postActivationPin, (answer) => ({
    ...answer,
    registrationId: "0".repeat(64) as typeof answer.registrationId,
  }));
  await expect(here.join("Bernd", server.ports, letter)).rejects.toThrow("malformed");
  const bernd = await here.join("Bernd", {}, letter);
  await act.isOnline(bernd);
});
