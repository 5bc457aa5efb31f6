/**
 * Whatever somebody does who has the phone, its key, an opened session, a sign-in that its owner has just finished, and
 * letters: an answer that tells a right PIN from a wrong one costs a counted try (A1, A2). Each guess is the right PIN, so
 * that every answer that could tell does.
 */
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice } from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import type { RawAnswer } from "@nimes/testing/server/raw-calls";
import { must } from "@nimes/testing/server/raw-calls";
import type { Guess } from "@nimes/testing/server/raw-guess";
import { guessByRegistration } from "@nimes/testing/server/raw-guess";
import { freshPin } from "@nimes/testing/server/raw-passkey";
import type { Login } from "@nimes/testing/server/raw-pin";
import { letterProof, registerPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const which = fc.nat({ max: 1000 });
const step = fc.oneof(
  fc.record({ do: fc.constantFrom("letter", "letter-and-victims-genesis"), device: which, letter: which }),
  fc.record({ do: fc.constantFrom("change", "change-with-letter"), attempt: which }),
  fc.record({
    do: fc.constantFrom("login", "same-login", "other-login-same-id", "garbage-finish"),
    attempt: which,
  }),
  fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 0, max: 4 }) }),
);
type Step = Parameters<Parameters<typeof step.map>[0]>[0];

/** One who attacks, and what they have learnt. */
async function attack() {
  const victim = await activateByHand(world);
  let session = await victim.open();
  const finished = await freshPin(victim, session);
  const letters = [await issueLetter(world), await issueLetter(world)];
  const logins: Login[] = [];
  const registrations: { guess: Guess; response: string }[] = [];
  /** Attempts whose answer was recognised: a client that can finish has guessed right. */
  const recognised = new Set<SubmissionId>();
  const pick = <T>(from: readonly T[], index: number): T | undefined =>
    from[index % Math.max(1, from.length)];
  const attempts = (): SubmissionId[] => [
    finished,
    newSubmissionId(),
    ...logins.map(({ attemptId }) => attemptId),
  ];

  const keep = (guess: Guess, answer: RawAnswer<typeof routes.postActivationPin>): void => {
    if ("value" in answer) registrations.push({ guess, response: answer.value.response });
  };
  async function byLetter(index: number, deviceId: DeviceId): Promise<void> {
    const letter = pick(letters, index);
    if (!letter) return;
    const guess = await guessByRegistration(victim.pin);
    const body = { ...(await letterProof(world.calls, letter)), deviceId, request: guess.request };
    keep(guess, await world.calls.call(routes.postActivationPin, { body }));
  }

  async function take(one: Step): Promise<void> {
    const token = await victim.prove();
    switch (one.do) {
      case "letter":
        return byLetter(
          one.letter,
          pick([victim.test.deviceId, deviceOf(one.device)], one.device) ?? victim.test.deviceId,
        );
      case "letter-and-victims-genesis": {
        const letter = await issueLetter(world);
        const pin = await registerPin(world.calls, await activateDevice(letter), "Andere PIN 55");
        await world.calls.call(routes.postActivation, { body: { genesis: victim.test.genesis, ...pin } });
        return;
      }
      case "change": {
        const attemptId = pick(attempts(), one.attempt) ?? finished;
        const guess = await guessByRegistration(victim.pin);
        const body = { attemptId, request: guess.request };
        keep(guess, await victim.call(routes.postPinChangeStart, { body, token: session }));
        return;
      }
      case "change-with-letter": {
        const pin = await registerPin(
          world.calls,
          await activateDevice(await issueLetter(world)),
          "Andere PIN 55",
        );
        const body = { attemptId: pick(attempts(), one.attempt) ?? finished, ...pin };
        expect(await victim.call(routes.postPinChange, { body, token: session })).not.toHaveProperty("value");
        return;
      }
      case "login": {
        const login = await victim.beginLogin(victim.pin, token);
        if (!("value" in login.start)) return;
        logins.push(login);
        if (login.finish !== undefined) recognised.add(login.attemptId);
        return;
      }
      case "same-login":
      case "other-login-same-id": {
        const before = pick(logins, one.attempt);
        if (!before) return;
        const other = (await guessByRegistration(victim.pin)).request;
        const request = one.do === "same-login" ? before.request : other;
        const body = { attemptId: before.attemptId, request };
        const again = await victim.call(routes.postPinLoginStart, { body, token });
        if ("value" in again && "value" in before.start)
          expect(again.value.response).toBe(before.start.value.response);
        if (one.do === "other-login-same-id") expect(again).not.toHaveProperty("value");
        return;
      }
      case "garbage-finish": {
        const attemptId = pick(attempts().slice(1), one.attempt) ?? newSubmissionId();
        const body = { attemptId, finish: "AAAA" };
        expect(await victim.call(routes.postPinLoginFinish, { body, token })).not.toHaveProperty("value");
        return;
      }
      case "wait": {
        world.clock.pass(one.minutes * 60_000);
        const renewed = await victim.call(routes.postRenewal, { token: session });
        if ("value" in renewed) session = renewed.value.token;
        return;
      }
    }
  }
  return {
    take,
    async judge(): Promise<void> {
      const answers = logins.flatMap(({ start }) => ("value" in start ? [start.value.response] : []));
      for (const { guess, response } of registrations)
        for (const answer of answers) expect(guess.isRight(response, answer)).toBe(false);
      const state = await victim.state();
      const counted = "value" in state ? limits.pinTries - state.value.triesLeft : limits.pinTries;
      expect(recognised.size).toBe(Math.min(counted, logins.length));
      expect(counted).toBe(logins.length);
    },
    /** Its owner still opens it, or it is gone. */
    async opensOrIsGone(): Promise<void> {
      world.clock.pass(60 * 60_000);
      const state = await victim.state();
      if (!("value" in state)) return expect(state.code).toBe("capsule-destroyed");
      must((await victim.beginLogin(victim.pin, await victim.prove())).start);
    },
  };
}

const deviceOf = (index: number): DeviceId => index.toString(16).padStart(32, "0") as DeviceId;

test("no mixture of routes gives more guesses at a PIN than the counter says (A1, A2)", {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const one = await attack();
      for (const next of steps) await one.take(next);
      await one.judge();
      await one.opensOrIsGone();
    }),
    { numRuns: 15, interruptAfterTimeLimit: 30_000 },
  );
});
