import { newSubmissionId, type SubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { newSigner, signAcceptance, signAgreement, signOrder } from "@nimes/testing/organisation";
import { activateByHand } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { addPasskey, freshPin, passkeyOptions } from "@nimes/testing/server/raw-passkey";
import type { SoftwareAuthenticator } from "@nimes/testing/server/software-authenticator";
import { softwareAuthenticator } from "@nimes/testing/server/software-authenticator";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer({ settings: { extraOrigins: ["http://anna.localhost:8080"] } });
});
afterAll(() => world.close());

type WithPasskey = { officer: RawDevice; authenticator: SoftwareAuthenticator; share: Uint8Array };

async function officerWithPasskey(): Promise<WithPasskey> {
  const officer = await activateByHand(world);
  const authenticator = await softwareAuthenticator();
  const token = await officer.open();
  const attemptId = await freshPin(officer, token);
  const { share } = must(await addPasskey(officer, { url: world.url, token, attemptId, authenticator }));
  return { officer, authenticator, share };
}

const login = async (officer: RawDevice, response: string, token?: string) =>
  officer.call(routes.postPasskeyLogin, { body: { response }, ...(token !== undefined && { token }) });
const challenge = async (officer: RawDevice): Promise<string> =>
  passkeyOptions(must(await officer.call(routes.postPasskeyLoginStart)).challenge, world.url);
const hasPasskey = async (officer: RawDevice): Promise<boolean> =>
  must(await officer.state()).passkeys.some(({ deviceId }) => deviceId === officer.test.deviceId);

test("a passkey with user verification opens, and gives the same share every time", async () => {
  const { officer, authenticator, share } = await officerWithPasskey();
  expect(await hasPasskey(officer)).toBe(true);
  for (let time = 0; time < 3; time += 1) {
    const response = await authenticator.get({ options: await challenge(officer), origin: world.url });
    const opened = must(await login(officer, response));
    expect(opened.share).toEqual(share);
    must(await officer.call(routes.getDirectory, { query: { after: "0" }, token: opened.token }));
  }
});

test("an assertion without user verification, of another origin, relying party, key or challenge is refused (A9)", async () => {
  const { officer, authenticator } = await officerWithPasskey();
  const origin = world.url;
  const attempts = [
    { userVerified: false },
    { origin: "https://evil.example" },
    { origin: "http://anna.localhost:8080" },
    { rpId: "evil.example" },
    { signer: await newSigner() },
  ];
  for (const wrong of attempts) {
    const options = await challenge(officer);
    const refused = await login(officer, await authenticator.get({ options, origin, ...wrong }));
    expect([wrong, refused.code]).toEqual([wrong, "passkey-refused"]);
  }
  const old = await challenge(officer);
  await challenge(officer);
  expect((await login(officer, await authenticator.get({ options: old, origin }))).code).toBe(
    "passkey-refused",
  );
  const fresh = await authenticator.get({ options: await challenge(officer), origin });
  must(await login(officer, fresh));
  // Once only.
  expect((await login(officer, fresh)).code).toBe("passkey-refused");
  expect((await login(officer, "{}")).code).toBe("passkey-refused");
  expect((await login(officer, "null")).code).toBe("passkey-refused");
});

test("a registration without user verification or from another origin is refused (A9)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const attemptId = await freshPin(officer, token);
  const authenticator = await softwareAuthenticator();
  for (const wrong of [
    { userVerified: false },
    { origin: "https://evil.example" },
    { rpId: "evil.example" },
  ]) {
    const { challenge } = must(await officer.call(routes.postPasskeyStart, { body: { attemptId }, token }));
    const options = passkeyOptions(challenge, world.url);
    const response = await authenticator.create({ options, origin: world.url, ...wrong });
    const refused = await officer.call(routes.postPasskey, { body: { attemptId, response }, token });
    expect(refused.code).toBe("passkey-refused");
  }
  expect(await hasPasskey(officer)).toBe(false);
  expect((await officer.call(routes.postPasskeyLoginStart)).code).toBe("passkey-refused");
});

test("an old challenge is refused", async () => {
  const { officer, authenticator } = await officerWithPasskey();
  const options = await challenge(officer);
  world.clock.pass(5 * 60_000 + 1000);
  const response = await authenticator.get({ options, origin: world.url });
  expect((await login(officer, response)).code).toBe("passkey-refused");
});

test("somebody else's passkey opens nothing", async () => {
  const [anna, bernd] = [await officerWithPasskey(), await officerWithPasskey()];
  const response = await bernd.authenticator.get({
    options: await challenge(anna.officer),
    origin: world.url,
  });
  expect((await login(anna.officer, response)).code).toBe("passkey-refused");
});

test("the share is withheld from a locked device and destroyed with a wiped one", async () => {
  const { officer, authenticator, share } = await officerWithPasskey();
  const { deviceId } = officer.test;
  const order = async (kind: "lock" | "unlock" | "wipe", sequence: number): Promise<void> => {
    const signed = await signOrder(world.organisation, kind, { deviceId, sequence });
    must(await world.calls.call(routes.postOrder, { body: { kind, order: signed } }));
    world.clock.pass(1000);
  };
  const early = await authenticator.get({ options: await challenge(officer), origin: world.url });
  await order("lock", 1);
  expect((await login(officer, early)).code).toBe("device-locked");
  expect((await officer.call(routes.postPasskeyLoginStart)).code).toBe("device-locked");
  await order("unlock", 2);
  const later = await authenticator.get({ options: await challenge(officer), origin: world.url });
  expect(must(await login(officer, later)).share).toEqual(share);
  await order("wipe", 3);
  expect((await officer.call(routes.postPasskeyLoginStart)).code).toBe("capsule-destroyed");
  expect(await hasPasskey(officer)).toBe(false);
});

test("a passkey that was removed opens nothing", async () => {
  const { officer, authenticator } = await officerWithPasskey();
  const options = await challenge(officer);
  must(await officer.call(routes.deletePasskey, { token: await officer.open() }));
  expect((await login(officer, await authenticator.get({ options, origin: world.url }))).code).toBe(
    "passkey-refused",
  );
  expect(await hasPasskey(officer)).toBe(false);
});

test("a passkey needs a sign-in by PIN of the last five minutes, of this device, and finished (A8)", async () => {
  const [officer, other] = [await activateByHand(world), await activateByHand(world)];
  const authenticator = await softwareAuthenticator();
  const token = await officer.open();
  const add = (attemptId: SubmissionId, by = token) =>
    addPasskey(officer, { url: world.url, token: by, attemptId, authenticator });
  const start = async (attemptId: SubmissionId, by = token) =>
    (await officer.call(routes.postPasskeyStart, { body: { attemptId }, token: by })).code;

  const begun = await officer.beginLogin(officer.pin, token);
  expect(await start(begun.attemptId)).toBe("pin-required");
  expect(await start(newSubmissionId())).toBe("pin-required");
  expect(await start(await freshPin(other, await other.open()))).toBe("pin-required");

  const attemptId = await freshPin(officer, token);
  const { challenge } = must(await officer.call(routes.postPasskeyStart, { body: { attemptId }, token }));
  world.clock.pass(limits.freshPinMs - 1000);
  must(await add(attemptId));
  world.clock.pass(2000);
  const late = must(await officer.call(routes.postRenewal, { token })).token;
  expect(await start(attemptId, late)).toBe("pin-required");
  // Begun in time does not make it in time.
  const options = passkeyOptions(challenge, world.url);
  const response = await authenticator.create({ options, origin: world.url });
  const refused = await officer.call(routes.postPasskey, { body: { attemptId, response }, token: late });
  expect(refused.code).toBe("pin-required");
});

test("an opening by passkey is no sign-in by PIN: it adds no other passkey", async () => {
  const { officer, authenticator } = await officerWithPasskey();
  world.clock.pass(limits.freshPinMs + 1000);
  const response = await authenticator.get({ options: await challenge(officer), origin: world.url });
  const { token } = must(await login(officer, response));
  const refused = await officer.call(routes.postPasskeyStart, {
    body: { attemptId: newSubmissionId() },
    token,
  });
  expect(refused.code).toBe("pin-required");
});

test("a device that asks what holds hears of the passkeys of its user, and of nobody else's", async () => {
  const { officer } = await officerWithPasskey();
  const { officer: other } = await officerWithPasskey();
  const { deviceId } = officer.test;
  const expected = { deviceId, credentialId: expect.any(String), addedAt: expect.any(Number) };
  expect(must(await officer.state()).passkeys).toEqual([expected]);
  expect(must(await other.state()).passkeys).not.toContainEqual(expected);
});

test("an assertion goes on counting while an agreement is read", async () => {
  const { officer, authenticator, share } = await officerWithPasskey();
  const agreement = await signAgreement(world.organisation);
  must(await world.calls.call(routes.postAgreement, { body: agreement }));
  const response = await authenticator.get({ options: await challenge(officer), origin: world.url });
  expect((await login(officer, response)).code).toBe("agreement-required");
  const body = await signAcceptance(officer.test, agreement, { version: 1 });
  must(await officer.call(routes.postAgreementAcceptance, { body }));
  expect(must(await login(officer, response)).share).toEqual(share);
});
