import { routes } from "@nimes/protocol/routes/routes";
import { newSigner, signAcceptance, signAgreement, signOrder } from "@nimes/testing/organisation";
import { activateByHand } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
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
  const { options } = must(await officer.call(routes.postPasskeyStart, { token }));
  const response = await authenticator.create({ options, origin: world.url });
  const { share } = must(await officer.call(routes.postPasskey, { body: { response }, token }));
  return { officer, authenticator, share };
}

const login = async (officer: RawDevice, response: string, token?: string) =>
  officer.call(routes.postPasskeyLogin, { body: { response }, ...(token !== undefined && { token }) });
const challenge = async (officer: RawDevice): Promise<string> =>
  must(await officer.call(routes.postPasskeyLoginStart)).options;

test("a passkey with user verification opens, and gives the same share every time", async () => {
  const { officer, authenticator, share } = await officerWithPasskey();
  expect(must(await officer.state()).passkey).toBe(true);
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
  const authenticator = await softwareAuthenticator();
  for (const wrong of [
    { userVerified: false },
    { origin: "https://evil.example" },
    { rpId: "evil.example" },
  ]) {
    const { options } = must(await officer.call(routes.postPasskeyStart, { token }));
    const response = await authenticator.create({ options, origin: world.url, ...wrong });
    expect((await officer.call(routes.postPasskey, { body: { response }, token })).code).toBe(
      "passkey-refused",
    );
  }
  expect(must(await officer.state()).passkey).toBe(false);
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
  expect(must(await officer.state()).passkey).toBe(false);
});

test("a passkey that was removed opens nothing", async () => {
  const { officer, authenticator } = await officerWithPasskey();
  const options = await challenge(officer);
  must(await officer.call(routes.deletePasskey, { token: await officer.open() }));
  expect((await login(officer, await authenticator.get({ options, origin: world.url }))).code).toBe(
    "passkey-refused",
  );
  expect(must(await officer.state()).passkey).toBe(false);
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
