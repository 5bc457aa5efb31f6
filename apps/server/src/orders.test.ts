import { concat } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import { signStructure } from "@nimes/protocol/signed/signed";
import { newSigner, publishManifest, signOrder, signPolicy, signReceipt } from "@nimes/testing/organisation";
import { activateByHand } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { goodPin } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

const send = async (kind: OrderKind, order: Signed): Promise<string> =>
  (await world.calls.call(routes.postOrder, { body: { kind, order } })).code;
const orderFor = (officer: RawDevice, kind: OrderKind, sequence: number): Promise<Signed> =>
  signOrder(world.organisation, kind, { deviceId: officer.test.deviceId, sequence });
const query = async (officer: RawDevice, signer = world.organisation.revocation) => {
  const nonce = await world.calls.nonce();
  const { orgId } = world.organisation;
  const body = await signStructure("DeviceQuery", { orgId, userId: officer.letter.userId, nonce }, [signer]);
  return world.calls.call(routes.postDeviceQuery, { body });
};

test("a lock withholds the PIN record and ends tokens; an unlock gives it back (A8)", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const lock = await orderFor(officer, "lock", 1);
  expect(await send("lock", lock)).toBe("ok");
  expect((await officer.call(routes.getDirectory, { query: { after: "0" }, token })).code).toBe(
    "device-locked",
  );
  world.clock.pass(1000);
  expect((await officer.beginLogin(goodPin, await officer.prove())).start.code).toBe("device-locked");
  expect(must(await officer.state()).orders).toEqual([lock]);

  const unlock = await orderFor(officer, "unlock", 2);
  expect(await send("unlock", unlock)).toBe("ok");
  // What was issued before the lock stays worth nothing.
  expect((await officer.call(routes.getDirectory, { query: { after: "0" }, token })).code).toBe(
    "unauthorised",
  );
  await officer.open();
  expect(must(await officer.state(1)).orders).toEqual([unlock]);
  expect(must(await officer.state()).triesLeft).toBe(10);
});

test("a sign-in that was begun before a lock does not end behind it, also not after the unlock (A8)", async () => {
  const officer = await activateByHand(world);
  const login = await officer.beginLogin(goodPin, await officer.prove());
  world.clock.pass(1000);
  expect(await send("lock", await orderFor(officer, "lock", 1))).toBe("ok");
  world.clock.pass(1000);
  expect((await officer.finishLogin(login, await officer.prove())).code).toBe("device-locked");
  expect(await send("unlock", await orderFor(officer, "unlock", 2))).toBe("ok");
  expect((await officer.finishLogin(login, await officer.prove())).code).toBe("pin-wrong");
});

test("a wipe destroys for good, and the device still hears of it until it has carried it out", async () => {
  const officer = await activateByHand(world);
  const wipe = await orderFor(officer, "wipe", 1);
  expect(await send("wipe", wipe)).toBe("ok");
  world.clock.pass(1000);
  const state = must(await officer.state());
  expect(state).toMatchObject({ orders: [wipe], triesLeft: 0 });
  expect((await officer.state(1)).code).toBe("capsule-destroyed");
  expect(await send("unlock", await orderFor(officer, "unlock", 2))).toBe("ok");
  expect((await officer.beginLogin(goodPin, await officer.prove())).start.code).toBe("capsule-destroyed");
});

test("an order that is forged, replayed, changed, meant for another or of another kind is refused (K4)", async () => {
  const [officer, other] = [await activateByHand(world), await activateByHand(world)];
  const { organisation } = world;
  const place = { deviceId: officer.test.deviceId, sequence: 5 };
  for (const signer of [await newSigner(), organisation.policy, organisation.root, officer.test.device])
    expect(await send("lock", await signOrder(organisation, "lock", { ...place, signer }))).toBe(
      "wrong-signer",
    );
  const lock = await signOrder(organisation, "lock", place);
  const [by] = lock.signatures;
  if (!by) throw new Error("an order is signed");
  const forged = { ...lock, signatures: [{ key: by.key, signature: new Uint8Array(64) }] };
  expect(await send("lock", forged)).toBe("bad-signature");
  const otherOne = await signOrder(organisation, "lock", { ...place, deviceId: other.test.deviceId });
  expect(await send("lock", { ...lock, payload: otherOne.payload })).toBe("bad-signature");
  expect(await send("lock", { ...lock, payload: concat(lock.payload, Uint8Array.of(0)) })).toBe("malformed");
  // A lock presented as an unlock, and a policy presented as an order (D7).
  expect(await send("unlock", lock)).toBe("bad-signature");
  expect(await send("lock", await signPolicy(organisation, { signer: organisation.revocation }))).toBe(
    "malformed",
  );
  const foreign = await signOrder(organisation, "lock", {
    ...place,
    orgId: "0".repeat(32) as typeof organisation.orgId,
  });
  expect(await send("lock", foreign)).toBe("wrong-signer");
  expect(must(await officer.state()).orders).toEqual([]);

  expect(await send("lock", lock)).toBe("ok");
  expect(await send("lock", lock)).toBe("ok");
  expect(must(await officer.state()).orders).toHaveLength(1);
  expect(await send("unlock", await signOrder(organisation, "unlock", { ...place, sequence: 6 }))).toBe("ok");
  expect(await send("lock", lock)).toBe("ok");
  world.clock.pass(1000);
  await officer.open();
  for (const sequence of [4, 5, 6])
    expect(await send("wipe", await signOrder(organisation, "wipe", { ...place, sequence }))).toBe(
      "outdated",
    );
  const nobody = await signOrder(organisation, "lock", { ...place, deviceId: "0".repeat(32) as never });
  expect(await send("lock", nobody)).toBe("not-found");
  await officer.open();
});

test("the device's receipt is kept and shown to the holder of a revocation key, and to nobody else", async () => {
  const officer = await activateByHand(world);
  const { device, deviceId } = officer.test;
  const lock = await orderFor(officer, "lock", 1);
  expect(await send("lock", lock)).toBe("ok");
  const before = must(await query(officer)).devices;
  expect(before).toMatchObject([{ deviceId, ended: false, destroyed: false, receipts: [] }]);
  expect(before[0]?.orders).toEqual([{ kind: "lock", order: lock }]);

  const post = (receipt: Signed, signer = device) =>
    world.calls.call(routes.postOrderReceipt, { body: { deviceId, receipt }, signer });
  const place = { sequence: 1, kind: "lock" } as const;
  const stranger = await newSigner();
  expect((await post(await signReceipt(officer.test, lock, place), stranger)).code).toBe("unauthorised");
  const forged = await signReceipt(officer.test, lock, { ...place, signer: stranger });
  expect((await post(forged)).code).toBe("wrong-signer");
  const elsewhere = await signReceipt(officer.test, lock, { ...place, sequence: 2 });
  expect((await post(elsewhere)).code).toBe("not-found");
  const otherKind = await signReceipt(officer.test, lock, { sequence: 1, kind: "wipe" });
  expect((await post(otherKind)).code).toBe("not-found");

  const receipt = await signReceipt(officer.test, lock, place);
  must(await post(receipt));
  expect(must(await query(officer)).devices[0]?.receipts).toEqual([receipt]);
  expect((await query(officer, stranger)).code).toBe("wrong-signer");
  expect((await query(officer, world.organisation.policy)).code).toBe("wrong-signer");
});

test("a query with an old nonce is refused: a recorded one tells nobody anything later", async () => {
  const officer = await activateByHand(world);
  const { orgId, revocation } = world.organisation;
  const said = { orgId, userId: officer.letter.userId, nonce: await world.calls.nonce() };
  const body = await signStructure("DeviceQuery", said, [revocation]);
  must(await world.calls.call(routes.postDeviceQuery, { body }));
  world.clock.pass(11 * 60_000);
  expect((await world.calls.call(routes.postDeviceQuery, { body })).code).toBe("nonce-required");
});

test("one order does not use up the numbers of those behind it, nor is one from the future taken", async () => {
  const officer = await activateByHand(world);
  const { deviceId } = officer.test;
  const at = (sequence: number, time = world.clock.now()) =>
    signOrder(world.organisation, "lock", { deviceId, sequence, time });
  expect(await send("lock", await at(limits.maxNumberStep + 1))).toBe("outdated");
  expect(await send("lock", await at(limits.maxSignedNumber + 1))).toBe("malformed");
  expect(await send("lock", await at(1, world.clock.now() + limits.clockToleranceMs + 60_000))).toBe(
    "clock-wrong",
  );
  expect(await send("lock", await at(limits.maxNumberStep))).toBe("ok");
  expect(await send("lock", await at(limits.maxNumberStep + 1))).toBe("ok");
});

test("a revocation key that the newest manifest does not name any more orders nothing (K4)", async () => {
  const officer = await activateByHand(world);
  const order = await orderFor(officer, "wipe", 1);
  const fresh = await newSigner();
  const body = await publishManifest(world.organisation, { revocationKeys: [fresh.publicKey] });
  must(await world.calls.call(routes.postManifest, { body }));
  expect(await send("wipe", order)).toBe("wrong-signer");
  await officer.open();
});
