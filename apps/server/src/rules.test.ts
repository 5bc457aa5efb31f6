import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { newSigner, signAcceptance, signAgreement, signPolicy } from "@nimes/testing/organisation";
import { activateByHand, connect } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { goodPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

const hour = 60 * 60_000;
let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const publish = async (body: Signed): Promise<string> =>
  (await world.calls.call(routes.postAgreement, { body })).code;
const setPolicy = async (body: Signed): Promise<string> =>
  (await world.calls.call(routes.postPolicy, { body })).code;
const inForce = async (): Promise<Signed | null> =>
  must(await world.calls.call(routes.getAgreement)).agreement;
const accept = async (officer: RawDevice, body: Signed): Promise<string> =>
  (await officer.call(routes.postAgreementAcceptance, { body })).code;

test("an agreement is in force from its date; who has not accepted it does not get in, and then does", async () => {
  const { organisation } = world;
  const before = await activateByHand(world);
  expect(await inForce()).toBeNull();
  const first = await signAgreement(organisation);
  expect(await publish(first)).toBe("ok");
  expect(await publish(first)).toBe("ok");
  expect(await inForce()).toEqual(first);
  const after = await activateByHand(world, { agreementVersion: 1 });
  await after.open();

  const token = await before.prove();
  const login = await before.beginLogin(goodPin, token);
  expect((await before.finishLogin(login, token)).code).toBe("agreement-required");
  // The right PIN was shown: nothing is counted.
  expect(must(await before.state())).toMatchObject({ triesLeft: 10, acceptedAgreement: 0, agreement: first });
  expect(await accept(before, await signAcceptance(before.test, first, { version: 1 }))).toBe("ok");
  must(await before.finishLogin(login, token));
  expect(must(await before.state()).acceptedAgreement).toBe(1);

  const second = await signAgreement(organisation, { version: 2, validFrom: world.clock.now() + hour });
  expect(await publish(second)).toBe("ok");
  await before.open();
  expect(await inForce()).toEqual(first);
  // It may be accepted ahead of its date.
  expect(await accept(after, await signAcceptance(after.test, second, { version: 2 }))).toBe("ok");
  world.clock.pass(hour + 1000);
  expect(await inForce()).toEqual(second);
  await after.open();
  await expect(before.open()).rejects.toThrow("agreement-required");
});

test("an agreement by anybody but a policy key, or of a lower version, is refused (K4)", async () => {
  const { organisation } = world;
  for (const signer of [organisation.revocation, organisation.root, await newSigner()])
    expect(await publish(await signAgreement(organisation, { version: 9, signer }))).toBe("wrong-signer");
  const other = await signAgreement(organisation, { version: 2, validFrom: 1 });
  expect(await publish(other)).toBe("outdated");
  expect(await publish(await signAgreement(organisation, { version: 1, validFrom: 1 }))).toBe("outdated");
});

test("an acceptance counts for its own device and for the text that was published", async () => {
  const [officer, other] = [await activateByHand(world), await activateByHand(world)];
  const agreement = await inForce();
  if (!agreement) throw new Error("published above");
  const ofOther = await signAcceptance(other.test, agreement, { version: 2 });
  expect(await accept(officer, ofOther)).toBe("wrong-signer");
  const otherText = await signAgreement(world.organisation, { version: 2, validFrom: 5 });
  expect(await accept(officer, await signAcceptance(officer.test, otherText, { version: 2 }))).toBe(
    "outdated",
  );
  expect(await accept(officer, await signAcceptance(officer.test, agreement, { version: 7 }))).toBe(
    "outdated",
  );
  await expect(officer.open()).rejects.toThrow("agreement-required");
});

test("a genesis that accepts an agreement nobody has published is refused", async () => {
  await expect(activateByHand(world, { agreementVersion: 3 })).rejects.toThrow("malformed");
});

test("a policy's versions only rise, and only a policy key signs one (K4)", async () => {
  const { organisation } = world;
  const officer = await activateByHand(world, { agreementVersion: 2 });
  expect(await setPolicy(await signPolicy(organisation, { signer: organisation.revocation }))).toBe(
    "wrong-signer",
  );
  const first = await signPolicy(organisation, { version: 3 });
  expect(await setPolicy(first)).toBe("ok");
  expect(await setPolicy(first)).toBe("ok");
  for (const version of [1, 2, 3]) {
    const lower = await signPolicy(organisation, { version, service: { pinMinLength: 6 } });
    expect(await setPolicy(lower)).toBe("outdated");
  }
  expect(must(await officer.state()).policy).toEqual(first);
});

test("private devices that the policy does not allow are closed at once and let in again when it does", async () => {
  const { organisation } = world;
  const own = await activateByHand(world, { fields: { deviceClass: "private" }, agreementVersion: 2 });
  const service = await activateByHand(world, { agreementVersion: 2 });
  const [ownToken, serviceToken] = [await own.open(), await service.open()];
  const ownSocket = await connect(world, own);
  const serviceSocket = await connect(world, service);

  expect(await setPolicy(await signPolicy(organisation, { version: 4, privateDevicesAllowed: false }))).toBe(
    "ok",
  );
  expect((await ownSocket.closed).reason).toBe("private-not-allowed");
  await serviceSocket.take("orders-changed");
  const query = { after: "0" };
  const refused = await own.call(routes.getDirectory, { query, token: ownToken });
  expect(refused.code).toBe("private-not-allowed");
  must(await service.call(routes.getDirectory, { query, token: serviceToken }));
  expect((await own.beginLogin(goodPin, await own.prove())).start.code).toBe("private-not-allowed");
  expect(must(await own.state()).triesLeft).toBe(10);

  expect(await setPolicy(await signPolicy(organisation, { version: 5 }))).toBe("ok");
  await own.open();
  await serviceSocket.close();
});

test("one signature does not use up the versions of policy and agreement", async () => {
  const { organisation } = world;
  expect(await setPolicy(await signPolicy(organisation, { version: 50_000 }))).toBe("outdated");
  expect(await setPolicy(await signPolicy(organisation, { version: limits.maxSignedNumber + 1 }))).toBe(
    "malformed",
  );
  expect(await publish(await signAgreement(organisation, { version: 50_000 }))).toBe("outdated");
});
