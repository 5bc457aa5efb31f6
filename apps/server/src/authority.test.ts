/** Authority that can be taken back, at the server: whose word counts, and what ends with it. */
import type { RegistrationId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { TestLetter } from "@nimes/testing/organisation";
import {
  activateDevice,
  attestAgain,
  enrolAgain,
  enrolOfficer,
  newSigner,
  publishManifest,
  signTransfer,
} from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import { greetingSocket } from "@nimes/testing/server/raw-socket";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterEach, beforeEach, expect, test } from "vitest";

let world: TestServer;
let desk: Signer;
beforeEach(async () => {
  world = await startTestServer();
  desk = await newSigner();
  const [first] = world.organisation.manifest.deskKeys;
  if (!first) throw new Error("a desk");
  await manifest([...world.organisation.manifest.deskKeys, { ...first, key: desk.publicKey }]);
});
afterEach(() => world.close());

type DeskKeys = TestServer["organisation"]["manifest"]["deskKeys"];
async function manifest(deskKeys: DeskKeys): Promise<void> {
  const body = await publishManifest(world.organisation, { deskKeys });
  must(await world.calls.call(routes.postManifest, { body }));
}
const takeOut = (key: Uint8Array): Promise<void> =>
  manifest(world.organisation.manifest.deskKeys.filter((one) => one.key !== key));
const post = async (body: Signed): Promise<string> =>
  (await world.calls.call(routes.postAttestation, { body })).code;
const stations = () => {
  const [celle, hannover] = world.organisation.units;
  if (!celle || !hannover) throw new Error("two stations");
  return { celle, hannover };
};
/** Brings a genesis to the server with what looks like a PIN record. */
const use = async (genesis: Signed): Promise<string> => {
  const body = { genesis, pinRecord: "A".repeat(256), registrationId: "0".repeat(64) as RegistrationId };
  return (await world.calls.call(routes.postActivation, { body })).code;
};
const attested = async (fields: Partial<UserAttestation> & { desk?: Signer }): Promise<string> =>
  post((await enrolOfficer(world.organisation, fields)).signedAttestation);

test("a desk key that goes takes the devices with it that it vouched for: tokens, sockets, key packages (A8)", async () => {
  const honest = await activateByHand(world);
  const letter = await enrolOfficer(world.organisation, { desk });
  must(await world.calls.call(routes.postAttestation, { body: letter.signedAttestation }));
  const spy = await activateByHand(world, { letter });
  const token = await spy.open();
  const socket = await greetingSocket(world.url, { signer: spy.test.device, token });
  await socket.take("caught-up");
  await takeOut(desk.publicKey);
  expect((await socket.take("closing")).code).toBe("device-ended");
  expect((await spy.call(routes.getDirectory, { query: { after: "0" }, token })).code).toBe("device-ended");
  const claim = { userIds: [letter.userId] };
  const asked = await honest.call(routes.postKeyPackageClaim, { body: claim, token: await honest.open() });
  expect(must(asked).devices).toEqual([]);
  await world.restart();
  await expect(spy.open()).rejects.toThrow("device-ended");
});

test("a letter of a desk whose key was stolen opens nothing any more", async () => {
  const letter = await enrolOfficer(world.organisation, { desk });
  must(await world.calls.call(routes.postAttestation, { body: letter.signedAttestation }));
  await takeOut(desk.publicKey);
  const device = await activateDevice(letter);
  expect(await use(device.genesis)).toBe("activation-unknown");
});

test("another desk's word brings a device back, with its PIN; nothing else of the letter may change with it", async () => {
  const officer = await activateByHand(world);
  const { celle, hannover } = stations();
  await takeOut(celle.desk.publicKey);
  await expect(officer.open()).rejects.toThrow("device-ended");
  const { letter } = officer;
  const validFrom = letter.attestation.validFrom + 5;
  const wrong: [Signer, Partial<UserAttestation>][] = [
    [desk, { deviceClass: "private" }],
    [desk, { activateUntil: letter.attestation.activateUntil + 1 }],
    [hannover.desk, { unitId: hannover.unitId }],
  ];
  for (const [signer, fields] of wrong)
    expect(await post((await attestAgain(letter, signer, { validFrom, ...fields })).signedAttestation)).toBe(
      "outdated",
    );
  const again = await attestAgain(letter, desk, { validFrom, displayName: "Anna Neu" });
  expect(await post(again.signedAttestation)).toBe("ok");
  const token = await officer.open();
  const { entries } = must(await officer.call(routes.getDirectory, { query: { after: "0" }, token }));
  expect(entries.find(({ userId }) => userId === letter.userId)).toMatchObject({
    attestation: again.signedAttestation,
    again: [letter.signedAttestation],
    links: [officer.test.genesis],
  });
});

test("a manifest moves the directory's head, so that whoever was away judges anew", async () => {
  const officer = await activateByHand(world);
  const token = await officer.open();
  const headNow = async () =>
    must(await officer.call(routes.getDirectory, { query: { after: "0" }, token })).head;
  const before = await headNow();
  await takeOut(desk.publicKey);
  expect(await headNow()).toBe(before + 1);
});

test("a desk of another unit attests nobody's next generation without a transfer, which counts once (D6)", async () => {
  const officer = await activateByHand(world);
  const { celle, hannover } = stations();
  const next = await enrolAgain(officer.letter, { unitId: hannover.unitId, validFrom: Date.now() - 1_000 });
  expect(await post(next.signedAttestation)).toBe("transfer-required");
  const send = async (body: Signed) => (await world.calls.call(routes.postTransfer, { body })).code;
  const to = hannover.unitId;
  expect(await send(await signTransfer(officer.letter, hannover.desk, { to }))).toBe("wrong-signer");
  expect(await send(await signTransfer(officer.letter, celle.desk, { to, generation: 2 }))).toBe("ok");
  expect(await post(next.signedAttestation)).toBe("transfer-required");
  const future = Date.now() + limits.clockToleranceMs + 60_000;
  expect(await send(await signTransfer(officer.letter, celle.desk, { to, time: future }))).toBe(
    "clock-wrong",
  );
  const transfer = await signTransfer(officer.letter, world.organisation.root, { to });
  expect(await send(transfer)).toBe("ok");
  // What the root signed is not replaced by what a desk signs.
  expect(await send(await signTransfer(officer.letter, celle.desk, { to }))).toBe("ok");
  expect(await post(next.signedAttestation)).toBe("ok");
  const moved = await activateByHand(world, { letter: next });
  const token = await moved.open();
  const { entries } = must(await moved.call(routes.getDirectory, { query: { after: "0" }, token }));
  expect(entries.find(({ userId }) => userId === officer.letter.userId)).toMatchObject({ transfer });
});

test.each([
  ["from the future", () => ({ validFrom: Date.now() + limits.clockToleranceMs + 60_000 })],
  ["that counts too long", () => ({ validUntil: Date.now() + limits.attestationLifetimeMs + 60_000 })],
  [
    "whose letter lives too long",
    () => ({ activateUntil: Date.now() + limits.activationLifetimeMs + 3_600_000 }),
  ],
])("an attestation %s is refused", async (_name, fields) => {
  expect(await attested(fields())).toBe("clock-wrong");
});

test("no generation is so high that none could follow", async () => {
  expect(await attested({ generation: limits.maxNumberStep + 1 })).toBe("outdated");
  expect(await attested({ generation: limits.maxSignedNumber + 1 })).toBe("malformed");
});

test("a genesis from the future is refused: the phone before would go on till then", async () => {
  const letter = await issueLetter(world);
  const device = await activateDevice(letter, { time: Date.now() + limits.clockToleranceMs + 60_000 });
  expect(await use(device.genesis)).toBe("clock-wrong");
});

test("what a desk has attested is told to the root, a revocation key and another desk of its units, and to nobody else", async () => {
  const { celle, hannover } = stations();
  const officer = await activateByHand(world);
  const waiting = await issueLetter(world);
  const ask = async (signer: Signer, deskKey = celle.desk.publicKey, nonce?: string) => {
    const { orgId } = world.organisation;
    const query = { orgId, deskKey, after: 0, nonce: nonce ?? (await world.calls.nonce()) };
    const body = await signStructure("AttestationQuery", query, [signer]);
    return world.calls.call(routes.postAttestationQuery, { body });
  };
  const payloads = (letters: TestLetter[]) => letters.map(({ signedAttestation }) => signedAttestation);
  for (const signer of [world.organisation.root, world.organisation.revocation, desk]) {
    const { attested: told, next } = must(await ask(signer));
    expect(told.map(({ attestation }) => attestation)).toEqual(payloads([officer.letter, waiting]));
    expect(told.map(({ used }) => used)).toEqual([true, false]);
    expect(next).toBe(null);
  }
  expect(must(await ask(hannover.desk)).attested).toEqual([]);
  expect((await ask(world.organisation.policy)).code).toBe("wrong-signer");
  expect((await ask(world.organisation.root, celle.desk.publicKey, "used up")).code).toBe("nonce-required");
  await takeOut(celle.desk.publicKey);
  expect((await ask(celle.desk)).code).toBe("wrong-signer");
  expect(must(await ask(desk)).attested).toHaveLength(2);
});
