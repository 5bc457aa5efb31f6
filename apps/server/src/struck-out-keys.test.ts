/** Policy and revocation keys that the root has struck out, at the server: what they signed holds no more (docs/adr/0031). */
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import {
  newSigner,
  publishManifest,
  signAcceptance,
  signAgreement,
  signOrder,
  signPolicy,
  signReceipt,
} from "@nimes/testing/organisation";
import { activateByHand, connect } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { goodPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterEach, beforeEach, expect, test } from "vitest";

let world: TestServer;
/** Of a second holder; the thief has the first one's. */
let honest: { policy: Signer; revocation: Signer };
beforeEach(async () => {
  world = await startTestServer();
  honest = { policy: await newSigner(), revocation: await newSigner() };
  const { policyKeys, revocationKeys } = world.organisation.manifest;
  await manifest({
    policyKeys: [...policyKeys, honest.policy.publicKey],
    revocationKeys: [...revocationKeys, honest.revocation.publicKey],
  });
});
afterEach(() => world.close());

async function manifest(changes: Partial<OrgManifest>): Promise<void> {
  const body = await publishManifest(world.organisation, changes);
  must(await world.calls.call(routes.postManifest, { body }));
}
const strikeOut = (): Promise<void> =>
  manifest({ policyKeys: [honest.policy.publicKey], revocationKeys: [honest.revocation.publicKey] });
const order = async (
  officer: RawDevice,
  kind: OrderKind,
  given: { sequence: number; signer?: Signer },
): Promise<Signed> => {
  const signed = await signOrder(world.organisation, kind, { deviceId: officer.test.deviceId, ...given });
  must(await world.calls.call(routes.postOrder, { body: { kind, order: signed } }));
  return signed;
};
const opens = async (officer: RawDevice): Promise<string> => {
  world.clock.pass(1000);
  const token = await officer.prove();
  const { start } = await officer.beginLogin(goodPin, token);
  return start.code;
};
const far = limits.maxNumberStep;

test("orders by a struck-out revocation key neither lock nor unlock any more, and use up no number (K4)", async () => {
  const [lockedByThief, unlockedByThief] = [await activateByHand(world), await activateByHand(world)];
  await order(lockedByThief, "lock", { sequence: far });
  await order(lockedByThief, "lock", { sequence: 2 * far });
  await order(unlockedByThief, "lock", { sequence: 1, signer: honest.revocation });
  await order(unlockedByThief, "unlock", { sequence: far });
  const socket = await connect(world, unlockedByThief);
  expect(await opens(lockedByThief)).toBe("device-locked");

  await strikeOut();
  expect((await socket.closed).reason).toBe("device-locked");
  expect(await opens(lockedByThief)).toBe("ok");
  expect(await opens(unlockedByThief)).toBe("device-locked");
  expect(must(await lockedByThief.state()).orders).toEqual([]);

  const lock = await order(lockedByThief, "lock", { sequence: 1, signer: honest.revocation });
  expect(must(await lockedByThief.state()).orders).toEqual([lock]);
  expect(await opens(lockedByThief)).toBe("device-locked");
  await order(unlockedByThief, "unlock", { sequence: 2, signer: honest.revocation });
  expect(await opens(unlockedByThief)).toBe("ok");
});

test("the verdict on a struck-out key stands behind a restart, and a phone hears which manifest it follows from", async () => {
  const officer = await activateByHand(world);
  await order(officer, "lock", { sequence: far });
  const before = must(await officer.state()).organisationVersion;
  await strikeOut();
  await world.restart();
  expect(await opens(officer)).toBe("ok");
  expect(must(await officer.state())).toMatchObject({ orders: [], organisationVersion: before + 1 });
});

test("what a struck-out key has wiped stays destroyed, and its receipts are still taken", async () => {
  const [wiped, locked] = [await activateByHand(world), await activateByHand(world)];
  await order(wiped, "wipe", { sequence: 1 });
  const lock = await order(locked, "lock", { sequence: 1 });
  await strikeOut();
  expect(await opens(wiped)).toBe("capsule-destroyed");
  const { deviceId, device } = locked.test;
  const receipt = await signReceipt(locked.test, lock, { sequence: 1, kind: "lock" });
  must(await world.calls.call(routes.postOrderReceipt, { body: { deviceId, receipt }, signer: device }));
});

test("a policy by a struck-out key holds no more, whatever number it has, and the next holder's does", async () => {
  const { organisation } = world;
  const own = await activateByHand(world, { fields: { deviceClass: "private" } });
  const send = async (body: Signed): Promise<string> =>
    (await world.calls.call(routes.postPolicy, { body })).code;
  const strict = await signPolicy(organisation, {
    signer: honest.policy,
    version: 1,
    privateDevicesAllowed: false,
  });
  expect(await send(strict)).toBe("ok");
  expect(await send(await signPolicy(organisation, { version: far }))).toBe("ok");
  expect(await send(await signPolicy(organisation, { version: 2 * far }))).toBe("ok");
  await own.open();
  const socket = await connect(world, own);

  await strikeOut();
  expect((await socket.closed).reason).toBe("private-not-allowed");
  expect(must(await world.calls.call(routes.getPolicy)).policy).toEqual(strict);
  expect(await send(await signPolicy(organisation, { version: 2 * far + 1 }))).toBe("wrong-signer");
  expect(await send(await signPolicy(organisation, { version: 2, signer: honest.policy }))).toBe("ok");
  await own.open();
});

test("an agreement by a struck-out key need not be accepted, and accepting it counts for no other", async () => {
  const { organisation } = world;
  const [before, newcomer] = [await activateByHand(world), await activateByHand(world)];
  const thiefs = await signAgreement(organisation, { version: far });
  must(await world.calls.call(routes.postAgreement, { body: thiefs }));
  const later = await activateByHand(world, { agreementVersion: far });
  const body = await signAcceptance(before.test, thiefs, { version: far });
  must(await before.call(routes.postAgreementAcceptance, { body }));
  for (const officer of [before, later]) expect(must(await officer.state()).acceptedAgreement).toBe(far);

  await strikeOut();
  for (const officer of [before, newcomer, later]) {
    expect(must(await officer.state())).toMatchObject({ agreement: null, acceptedAgreement: 0 });
    await officer.open();
  }
  const next = await signAgreement(organisation, { version: 1, signer: honest.policy });
  must(await world.calls.call(routes.postAgreement, { body: next }));
  for (const officer of [before, newcomer, later]) {
    await expect(officer.open()).rejects.toThrow("agreement-required");
    const accepted = await signAcceptance(officer.test, next, { version: 1 });
    must(await officer.call(routes.postAgreementAcceptance, { body: accepted }));
    await officer.open();
  }
});
