import { protocolVersion } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { activateDevice, enrolAgain, generationOf } from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { registerPin } from "@nimes/testing/server/raw-pin";
import { greetingSocket } from "@nimes/testing/server/raw-socket";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
let reader: RawDevice;
beforeAll(async () => {
  world = await startTestServer();
  reader = await activateByHand(world);
});
afterAll(() => world.close());

const entryOf = async (officer: Pick<RawDevice, "letter">) => {
  const token = await reader.open();
  const { entries } = must(await reader.call(routes.getDirectory, { query: { after: "0" }, token }));
  return entries.find(({ userId }) => userId === officer.letter.userId);
};

test("a letter with its PIN is used once; the same genesis again succeeds, any other does not (D4)", async () => {
  const letter = await issueLetter(world);
  const device = await activateDevice(letter);
  const pin = await registerPin(world.calls, device);
  const body = { genesis: device.genesis, ...pin };
  const first = must(await world.calls.call(routes.postActivation, { body }));
  expect(must(await world.calls.call(routes.postActivation, { body }))).toEqual(first);
  const second = await activateDevice(letter);
  const other = { genesis: second.genesis, ...pin };
  expect((await world.calls.call(routes.postActivation, { body: other })).code).toBe("activation-used");
  await expect(registerPin(world.calls, second)).rejects.toThrow("activation-used");
});

test("a device never exists without its PIN record", async () => {
  const letter = await issueLetter(world);
  const device = await activateDevice(letter);
  const { registrationId } = await registerPin(world.calls, device);
  for (const pinRecord of ["AAAA", "A".repeat(256)]) {
    const body = { genesis: device.genesis, registrationId, pinRecord };
    expect((await world.calls.call(routes.postActivation, { body })).code).toBe("malformed");
  }
  const body = { deviceId: device.deviceId, version: protocolVersion };
  expect((await world.calls.call(routes.postSignIn, { body, signer: device.device })).code).toBe(
    "unauthorised",
  );
  await activateByHand(world, { letter });
});

test("a new letter ends the old device when it is used and not before; old leaves stay provable", async () => {
  const old = await activateByHand(world);
  const token = await old.open();
  const socket = await greetingSocket(world.url, { signer: old.test.device, token });
  await socket.take("caught-up");
  const next = await enrolAgain(old.letter, { activateUntil: world.clock.now() + 60_000 });
  must(await world.calls.call(routes.postAttestation, { body: next.signedAttestation }));
  expect(await entryOf(old)).toMatchObject(generationOf(old.letter, old.test));
  expect((await entryOf(old))?.former).toBeUndefined();
  await old.open();
  must(await old.call(routes.getDirectory, { query: { after: "0" }, token }));

  const fresh = await activateByHand(world, { letter: next });
  expect((await socket.closed).reason).toBe("device-ended");
  expect((await old.call(routes.getDirectory, { query: { after: "0" }, token })).code).toBe("device-ended");
  await expect(old.prove()).rejects.toThrow("device-ended");
  expect(await entryOf(old)).toMatchObject({
    ...generationOf(next, fresh.test),
    former: [generationOf(old.letter, old.test)],
  });
  const claim = { body: { userIds: [old.letter.userId] }, token: await reader.open() };
  const { devices } = must(await reader.call(routes.postKeyPackageClaim, claim));
  expect(devices).toEqual([{ clientId: fresh.test.clientId, keyPackage: null }]);

  const third = await enrolAgain(next, { activateUntil: world.clock.now() + 60_000 });
  must(await world.calls.call(routes.postAttestation, { body: third.signedAttestation }));
  await activateByHand(world, { letter: third });
  expect((await entryOf(old))?.former).toEqual([
    generationOf(old.letter, old.test),
    generationOf(next, fresh.test),
  ]);
});

test("a letter of a lower generation, or a second of a used one, is outdated", async () => {
  const officer = await activateByHand(world);
  const next = await enrolAgain(officer.letter, { activateUntil: world.clock.now() + 60_000 });
  must(await world.calls.call(routes.postAttestation, { body: next.signedAttestation }));
  const replaced = await enrolAgain(officer.letter, { activateUntil: world.clock.now() + 60_000 });
  must(await world.calls.call(routes.postAttestation, { body: replaced.signedAttestation }));
  await expect(registerPin(world.calls, await activateDevice(next))).rejects.toThrow("activation-unknown");
  await activateByHand(world, { letter: replaced });
  const second = await enrolAgain(officer.letter, { activateUntil: world.clock.now() + 60_000 });
  for (const { signedAttestation } of [officer.letter, second]) {
    const refused = await world.calls.call(routes.postAttestation, { body: signedAttestation });
    expect(refused.code).toBe("outdated");
  }
  // The same again is no news (P6).
  must(await world.calls.call(routes.postAttestation, { body: replaced.signedAttestation }));
});
