/** Nobody gets more guesses at a PIN than the counter says, by whatever routes (A1, A2). */
import type { DeviceId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, type TestLetter } from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import { guessByRegistration } from "@nimes/testing/server/raw-guess";
import { freshPin } from "@nimes/testing/server/raw-passkey";
import { changePin, keyStretching, letterProof, registerPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { client } from "@serenity-kit/opaque";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOpaque, newOpaqueSetup } from "./services/opaque.ts";

const day = 24 * 60 * 60_000;
let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const randomDevice = (): DeviceId =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex") as DeviceId;

async function startPin(letter: TestLetter, deviceId: DeviceId, request: string) {
  const body = { ...(await letterProof(world.calls, letter)), deviceId, request };
  return world.calls.call(routes.postActivationPin, { body });
}

test("the guess that tells a right PIN from a wrong one works where the key is the same: the tests below can fail", async () => {
  const opaque = await createOpaque(await newOpaqueSetup());
  const make = async (pin: string, credentialId: string) => {
    const guess = await guessByRegistration(pin);
    return { guess, response: opaque.registrationResponse(credentialId, guess.request) ?? "" };
  };
  const own = client.startRegistration({ password: "Leinewehr 42" });
  const { registrationRecord: record } = client.finishRegistration({
    password: "Leinewehr 42",
    clientRegistrationState: own.clientRegistrationState,
    registrationResponse: opaque.registrationResponse("a", own.registrationRequest) ?? "",
    keyStretching,
  });
  const request = client.startLogin({ password: "irgendetwas" }).startLoginRequest;
  const login = opaque.startLogin({ credentialId: "a", record, request })?.response ?? "";
  const [right, wrong, elsewhere] = [
    await make("Leinewehr 42", "a"),
    await make("Leinewehr 43", "a"),
    await make("Leinewehr 42", "b"),
  ];
  expect(right.guess.isRight(right.response, login)).toBe(true);
  expect(wrong.guess.isRight(wrong.response, login)).toBe(false);
  expect(elsewhere.guess.isRight(elsewhere.response, login)).toBe(false);
});

test("the holder of any letter evaluates nothing for a device that exists, and nothing that tells of its PIN", async () => {
  const victim = await activateByHand(world);
  const letter = await issueLetter(world);
  const begun = must((await victim.beginLogin("irgendetwas", await victim.prove())).start);
  const guess = await guessByRegistration(victim.pin);
  const refused = await startPin(letter, victim.test.deviceId, guess.request);
  expect(refused).toMatchObject({ code: "malformed", field: "/deviceId" });
  const { response } = must(await startPin(letter, randomDevice(), guess.request));
  expect(guess.isRight(response, begun.response)).toBe(false);
  expect(must(await victim.state()).triesLeft).toBe(9);
});

test("an opened session evaluates nothing without its PIN, and with it nothing that tells of the PIN", async () => {
  const victim = await activateByHand(world);
  const token = await victim.open();
  const begun = await victim.beginLogin("irgendetwas", token);
  const guess = await guessByRegistration(victim.pin);
  const start = (attemptId = newSubmissionId()) =>
    victim.call(routes.postPinChangeStart, { body: { attemptId, request: guess.request }, token });
  expect((await start()).code).toBe("pin-required");
  expect((await start(begun.attemptId)).code).toBe("pin-required");
  const { response } = must(await start(await freshPin(victim, token)));
  expect(guess.isRight(response, must(begun.start).response)).toBe(false);
});

test("one letter, and one sign-in, begin ten registrations a day, across restarts; two thousand are impossible", async () => {
  const letter = await issueLetter(world, { activateUntil: world.clock.now() + 14 * day });
  const { request } = await guessByRegistration("x");
  const burst = async (): Promise<number> => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => startPin(letter, randomDevice(), request)),
    );
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(["ok", "too-many"]));
    return answers.filter(({ code }) => code === "ok").length;
  };
  expect(await burst()).toBe(limits.registrationsPerDay);
  await world.restart();
  expect((await startPin(letter, randomDevice(), request)).code).toBe("too-many");
  // Somebody else from the same address is not hindered.
  await activateByHand(world);

  const officer = await activateByHand(world);
  const token = await officer.open();
  const attemptId = await freshPin(officer, token);
  const codes = [];
  for (let time = 0; time <= limits.registrationsPerDay; time += 1)
    codes.push((await officer.call(routes.postPinChangeStart, { body: { attemptId, request }, token })).code);
  expect(codes).toEqual([...Array(limits.registrationsPerDay).fill("ok"), "too-many"]);

  world.clock.pass(day + 1000);
  expect((await startPin(letter, randomDevice(), request)).code).toBe("ok");
});

test("proofs of one letter that succeed are limited, those of another one are not", async () => {
  const [letter, other] = [await issueLetter(world), await issueLetter(world)];
  const lookUp = async (of: TestLetter) =>
    (await world.calls.call(routes.postActivationLookup, { body: await letterProof(world.calls, of) })).code;
  const codes = [];
  for (let time = 0; time < 60; time += 1) codes.push(await lookUp(letter));
  expect(codes.filter((code) => code === "ok").length).toBeLessThanOrEqual(41);
  expect(codes.at(-1)).toBe("too-many");
  expect(await lookUp(other)).toBe("ok");
});

test("a registration counts for its own letter and its own device, once (D4)", async () => {
  const [first, second] = [
    await activateDevice(await issueLetter(world)),
    await activateDevice(await issueLetter(world)),
  ];
  const [mine, theirs] = [await registerPin(world.calls, first), await registerPin(world.calls, second)];
  const activate = (genesis: typeof first.genesis, pin: typeof mine) =>
    world.calls.call(routes.postActivation, { body: { genesis, ...pin } });
  const unfit = { code: "malformed", field: "/registrationId" };
  expect(await activate(first.genesis, theirs)).toMatchObject(unfit);
  const twin = await activateDevice(first.letter);
  expect(await activate(twin.genesis, mine)).toMatchObject(unfit);
  must(await activate(first.genesis, mine));
  must(await activate(first.genesis, mine));

  const officer = await activateByHand(world);
  const token = await officer.open();
  const attemptId = await freshPin(officer, token);
  const body = { attemptId, ...theirs };
  expect(await officer.call(routes.postPinChange, { body, token })).toMatchObject(unfit);
  must(await activate(second.genesis, theirs));
});

test("a sign-in changes the PIN once; the same change again succeeds, another one does not (P6)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const attemptId = await freshPin(officer, token);
  const make = async (password: string) => {
    const { clientRegistrationState, registrationRequest: request } = client.startRegistration({ password });
    const begun = must(
      await officer.call(routes.postPinChangeStart, { body: { attemptId, request }, token }),
    );
    const { registrationRecord: pinRecord } = client.finishRegistration({
      password,
      clientRegistrationState,
      registrationResponse: begun.response,
      keyStretching,
    });
    return { attemptId, registrationId: begun.registrationId, pinRecord };
  };
  const [one, two] = [await make("Neue PIN 77"), await make("Neue PIN 78")];
  const change = async (body: typeof one) => (await officer.call(routes.postPinChange, { body, token })).code;
  expect(await change(one)).toBe("ok");
  expect(await change(one)).toBe("ok");
  expect(await change(two)).toBe("malformed");
  expect(await change({ ...one, pinRecord: two.pinRecord })).toBe("malformed");
  expect((await changePin(officer, { token, attemptId, pin: "Neue PIN 79" })).code).toBe("pin-required");
});
