import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { activateByHand } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { changePin, goodPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maxPinTries } from "./core/pin-tries.ts";

const hour = 60 * 60_000;
let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const triesLeft = async (officer: RawDevice): Promise<number> => must(await officer.state()).triesLeft;

async function failUntil(officer: RawDevice, left: number): Promise<void> {
  while ((await triesLeft(officer)) > left) {
    world.clock.pass(hour);
    must((await officer.beginLogin("falsch", await officer.prove())).start);
  }
}

test("a wrong PIN opens nothing, and each one is announced (A1)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  for (const left of [9, 8, 7]) {
    const login = await officer.beginLogin("falsch", token);
    expect(must(login.start).triesLeft).toBe(left);
    expect(login.finish).toBeUndefined();
    expect((await officer.finishLogin(login, token)).code).toBe("pin-wrong");
  }
  expect(await triesLeft(officer)).toBe(7);
  await officer.open();
  expect(await triesLeft(officer)).toBe(10);
});

test("pauses grow from the fifth failure, and a try within one is not counted", async () => {
  const officer = await activateByHand(world);
  await failUntil(officer, 5);
  for (const seconds of [30, 60, 300, 900, 1800]) {
    const before = must(await officer.state());
    expect(before.waitMs).toBeGreaterThan((seconds - 5) * 1000);
    expect(before.waitMs).toBeLessThanOrEqual(seconds * 1000);
    expect((await officer.beginLogin(goodPin, await officer.prove())).start.code).toBe("pin-wait");
    expect(await triesLeft(officer)).toBe(before.triesLeft);
    world.clock.pass(seconds * 1000);
    must((await officer.beginLogin("falsch", await officer.prove())).start);
  }
  expect(await triesLeft(officer)).toBe(0);
});

test("the eleventh wrong PIN finds the capsule destroyed, for good (A1)", async () => {
  const officer = await activateByHand(world);
  await failUntil(officer, 0);
  expect(must(await officer.state()).triesLeft).toBe(0);
  const eleventh = await officer.beginLogin(goodPin, await officer.prove());
  expect(eleventh.start.code).toBe("capsule-destroyed");
  expect((await officer.state()).code).toBe("capsule-destroyed");
  world.clock.pass(1000 * hour);
  expect((await officer.beginLogin(goodPin, await officer.prove())).start.code).toBe("capsule-destroyed");
});

test("the last right PIN still opens, however late within its grace", async () => {
  const officer = await activateByHand(world);
  await failUntil(officer, 1);
  world.clock.pass(hour);
  const token = await officer.prove();
  const last = await officer.beginLogin(goodPin, token);
  expect(must(last.start).triesLeft).toBe(0);
  must(await officer.finishLogin(last, token));
  expect(await triesLeft(officer)).toBe(maxPinTries);
});

test("a last try that ends wrong, or not at all, destroys without anybody trying again (A1)", async () => {
  const wrong = await activateByHand(world);
  await failUntil(wrong, 1);
  world.clock.pass(hour);
  const token = await wrong.prove();
  const last = await wrong.beginLogin("falsch", token);
  expect((await wrong.finishLogin(last, token)).code).toBe("capsule-destroyed");

  const silent = await activateByHand(world);
  await failUntil(silent, 0);
  world.clock.pass(hour);
  expect((await silent.state()).code).toBe("capsule-destroyed");
});

test("one hundred tries at once meet the same limit (A2)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  const logins = await Promise.all(Array.from({ length: 100 }, () => officer.beginLogin("falsch", token)));
  const codes = Map.groupBy(logins, ({ start }) => start.code);
  expect(codes.get("ok")).toHaveLength(5);
  expect(codes.get("pin-wait")).toHaveLength(95);
  expect(await triesLeft(officer)).toBe(5);
});

test("with the last try left, one hundred at once get one answer and the record is gone (A2)", async () => {
  const officer = await activateByHand(world);
  await failUntil(officer, 1);
  world.clock.pass(hour);
  const token = await officer.prove();
  const logins = await Promise.all(Array.from({ length: 100 }, () => officer.beginLogin(goodPin, token)));
  expect(logins.filter(({ start }) => start.code === "ok")).toHaveLength(1);
  expect((await officer.state()).code).toBe("capsule-destroyed");
});

test("a right PIN ten times over a radio that drops every answer once: the record lives", async () => {
  const officer = await activateByHand(world);
  for (let time = 0; time < 12; time += 1) {
    const token = await officer.prove();
    const login = await officer.beginLogin(goodPin, token);
    // The answer that "was lost" and the one that comes to the same request are the same.
    const body = { attemptId: login.attemptId, request: login.request };
    const again = must(await officer.call(routes.postPinLoginStart, { body, token }));
    expect(again).toEqual({ ...must(login.start), triesLeft: 9 });
    must(await officer.finishLogin(login, token));
    must(await officer.finishLogin(login, token));
    expect(await triesLeft(officer)).toBe(10);
  }
});

test("a late finish takes back its own failure and those before it, not those behind it", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  await officer.beginLogin("falsch", token);
  const right = await officer.beginLogin(goodPin, token);
  await officer.beginLogin("falsch", token);
  expect(await triesLeft(officer)).toBe(7);
  must(await officer.finishLogin(right, token));
  expect(await triesLeft(officer)).toBe(9);
  // Once only.
  await officer.beginLogin("falsch", token);
  must(await officer.finishLogin(right, token));
  expect(await triesLeft(officer)).toBe(8);
});

test("an attempt's id with another request is refused and counts nothing", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  const first = await officer.beginLogin("falsch", token);
  const second = await officer.beginLogin("falsch", token);
  const body = { attemptId: first.attemptId, request: second.request };
  expect((await officer.call(routes.postPinLoginStart, { body, token })).code).toBe("malformed");
  const garbage = { attemptId: newSubmissionId(), request: "AAAA" };
  expect((await officer.call(routes.postPinLoginStart, { body: garbage, token })).code).toBe("malformed");
  expect(await triesLeft(officer)).toBe(8);
});

test("somebody else's finish opens nothing", async () => {
  const [anna, bernd] = [await activateByHand(world), await activateByHand(world)];
  const login = await anna.beginLogin(goodPin, await anna.prove());
  expect((await bernd.finishLogin(login, await bernd.prove())).code).toBe("pin-wrong");
});

test("a finish opens for an hour and not behind a sign-out (A8)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  const login = await officer.beginLogin(goodPin, token);
  must(await officer.finishLogin(login, token));
  must(await officer.call(routes.postSignOut, { token }));
  expect((await officer.finishLogin(login, await officer.prove())).code).toBe("pin-wrong");

  const other = await activateByHand(world);
  const late = await other.beginLogin(goodPin, await other.prove());
  must(await other.finishLogin(late, await other.prove()));
  world.clock.pass(hour + 1000);
  expect((await other.finishLogin(late, await other.prove())).code).toBe("pin-wrong");
});

test("right and wrong PIN, and an unknown attempt, look alike until the client has looked (A7)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.prove();
  const right = must((await officer.beginLogin(goodPin, token)).start);
  const wrong = must((await officer.beginLogin("falsch", token)).start);
  expect(right.response).toHaveLength(wrong.response.length);
  const unknown = { attemptId: newSubmissionId(), finish: "AAAA" };
  const answers = [
    await officer.call(routes.postPinLoginFinish, { body: unknown, token }),
    await officer.finishLogin(await officer.beginLogin("falsch", token), token),
  ];
  expect(answers.map(({ code }) => code)).toEqual(["pin-wrong", "pin-wrong"]);
});

test("the PIN changes with a sign-in of the last five minutes; then the new one opens and the old one does not", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const login = await officer.beginLogin(goodPin, token);
  const unfinished = await changePin(officer, { token, attemptId: login.attemptId, pin: "Neue PIN 77" });
  expect(unfinished.code).toBe("pin-required");
  must(await officer.finishLogin(login, token));
  must(await changePin(officer, { token, attemptId: login.attemptId, pin: "Neue PIN 77" }));
  await officer.open("Neue PIN 77");
  expect((await officer.beginLogin(goodPin, token)).finish).toBeUndefined();
});

test("a sign-in with the old PIN that was begun before the change does not end behind it", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const [login, pending] = [
    await officer.beginLogin(goodPin, token),
    await officer.beginLogin(goodPin, token),
  ];
  must(await officer.finishLogin(login, token));
  must(await changePin(officer, { token, attemptId: login.attemptId, pin: "Neue PIN 77" }));
  expect((await officer.finishLogin(pending, token)).code).toBe("pin-wrong");
});

test("a sign-in six minutes old changes no PIN", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const login = await officer.beginLogin(goodPin, token);
  must(await officer.finishLogin(login, token));
  world.clock.pass(6 * 60_000);
  const fresh = must(await officer.call(routes.postRenewal, { token })).token;
  const late = await changePin(officer, { token: fresh, attemptId: login.attemptId, pin: "Neue PIN 77" });
  expect(late.code).toBe("pin-required");
});
