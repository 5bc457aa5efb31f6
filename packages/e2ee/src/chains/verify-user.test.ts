import { deviceIdOf, type UnitId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Signed } from "@nimes/protocol/schema";
import { signStructure } from "@nimes/protocol/signed/signed";
import {
  activateDevice,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
  newSigner,
  publishManifest,
  type TestLetter,
  type TestOrganisation,
} from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { makeGenesis } from "./make-genesis.ts";
import { verifyOrganisation } from "./verify-organisation.ts";
import { verifyUser } from "./verify-user.ts";

async function verify(organisation: TestOrganisation, letter: TestLetter, links: Signed[]) {
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  if (!verified.ok) throw new Error(verified.code);
  return verifyUser(verified.value, { ...directoryEntryOf(letter), links });
}

test("an attested officer with a used letter has one device, as its genesis says", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation, { displayName: "Anna Behrens" });
  const device = await activateDevice(letter);
  expect(await verify(organisation, letter, [device.genesis])).toMatchObject({
    ok: true,
    value: {
      userId: letter.userId,
      displayName: "Anna Behrens",
      devices: [{ clientId: device.clientId, deviceClass: "service", mlsThumbprint: device.mlsThumbprint }],
    },
  });
});

test("an officer whose letter waits has no device", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  expect(await verify(organisation, letter, [])).toMatchObject({ ok: true, value: { devices: [] } });
});

test("an attestation signed by a desk of another unit is refused (D6)", async () => {
  const organisation = await makeOrganisation();
  const [celle, hannover] = organisation.units;
  if (!celle || !hannover) throw new Error("two stations");
  const letter = await enrolOfficer(organisation, { unitId: celle.unitId, desk: hannover.desk });
  expect(await verify(organisation, letter, [])).toEqual({ ok: false, code: "wrong-signer" });
});

test("an attestation under a desk's name that the desk did not sign is refused", async () => {
  const organisation = await makeOrganisation();
  const stranger = await newSigner();
  const [unit] = organisation.units;
  const desk = { publicKey: unit?.desk.publicKey ?? new Uint8Array(), sign: stranger.sign };
  const letter = await enrolOfficer(organisation, { desk });
  expect(await verify(organisation, letter, [])).toEqual({ ok: false, code: "bad-signature" });
});

test("a desk signs nothing after its end, and what it signed before goes on to count", async () => {
  const organisation = await makeOrganisation();
  const before = await enrolOfficer(organisation);
  const validUntil = organisation.madeAt + 1000;
  const deskKeys = organisation.manifest.deskKeys.map((desk) => ({ ...desk, validUntil }));
  await publishManifest(organisation, { deskKeys });
  const after = await enrolOfficer(organisation, { validFrom: validUntil + 1 });
  expect((await verify(organisation, before, [])).ok).toBe(true);
  expect(await verify(organisation, after, [])).toEqual({ ok: false, code: "wrong-signer" });
});

test("what a removed desk key signed does not count any more, and its device is recognised as revoked", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const device = await activateDevice(letter);
  await publishManifest(organisation, { deskKeys: organisation.manifest.deskKeys.slice(1) });
  expect(await verify(organisation, letter, [device.genesis])).toMatchObject({
    ok: true,
    value: { attested: false, devices: [], ended: [], revoked: [{ clientId: device.clientId }] },
  });
});

test("an attestation of another organisation is refused", async () => {
  const [ours, theirs] = [await makeOrganisation(), await makeOrganisation()];
  expect(await verify(ours, await enrolOfficer(theirs), [])).toEqual({ ok: false, code: "wrong-signer" });
});

test("an attestation presented for another user is refused", async () => {
  const organisation = await makeOrganisation();
  const [one, two] = [await enrolOfficer(organisation), await enrolOfficer(organisation)];
  const swapped = { ...one, userId: two.userId };
  expect(await verify(organisation, swapped, [])).toMatchObject({ ok: false, code: "malformed" });
});

test("a genesis whose device key was swapped is refused: the activation key did not sign it (D5)", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const server = await newSigner();
  // The server has no activation key: whatever it signs with cannot be the one that the attestation names.
  const forged = await activateDevice({ ...letter, activation: server }, { device: server });
  expect(await verify(organisation, letter, [forged.genesis])).toEqual({ ok: false, code: "wrong-signer" });
});

test("a genesis whose payload was changed is refused (D5)", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const honest = await activateDevice(letter);
  const server = await activateDevice(letter);
  const swapped = { payload: server.genesis.payload, signatures: honest.genesis.signatures };
  expect((await verify(organisation, letter, [swapped])).ok).toBe(false);
});

test("a genesis without the device's own signature is refused", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const { genesis } = await activateDevice(letter);
  const alone = { ...genesis, signatures: genesis.signatures.slice(0, 1) };
  expect(await verify(organisation, letter, [alone])).toEqual({ ok: false, code: "wrong-signer" });
});

test("a second genesis of a generation is refused (D11)", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const [one, two] = [await activateDevice(letter), await activateDevice(letter)];
  expect(await verify(organisation, letter, [one.genesis, two.genesis])).toEqual({
    ok: false,
    code: "broken-chain",
  });
});

test("a genesis after the letter's last day, or before it was written, is refused (D11)", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const late = await activateDevice(letter, { time: letter.attestation.activateUntil + 1 });
  const early = await activateDevice(letter, { time: letter.attestation.validFrom - 1 });
  const last = await activateDevice(letter, { time: organisation.madeAt + limits.activationLifetimeMs });
  const refused = { ok: false, code: "broken-chain" };
  expect(await verify(organisation, letter, [late.genesis])).toEqual(refused);
  expect(await verify(organisation, letter, [early.genesis])).toEqual(refused);
  expect((await verify(organisation, letter, [last.genesis])).ok).toBe(true);
});

test("a genesis that stands on another attestation of the same user is refused", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const other = await enrolOfficer(organisation, {
    ...letter.attestation,
    activationKey: (await newSigner()).publicKey,
  });
  const device = await activateDevice(letter);
  expect(await verify(organisation, other, [device.genesis])).toEqual({ ok: false, code: "wrong-signer" });
});

test.each([
  ["another device id", { deviceId: deviceIdOf(new Uint8Array(32)) }],
  ["another class than the letter's", { deviceClass: "private" as const }],
  ["another unit", { unitId: "pi-hannover-mitte" as UnitId }],
  ["another generation", { generation: 2 }],
  ["a later place in the chain", { sequence: 1 }],
])("a genesis with %s is refused", async (_name, change) => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const device = await newSigner();
  const link = {
    orgId: organisation.orgId,
    userId: letter.userId,
    generation: 1,
    sequence: 0,
    previous: null,
    operation: "genesis",
    unitId: letter.attestation.unitId,
    deviceId: deviceIdOf(device.publicKey),
    deviceClass: "service",
    deviceKey: device.publicKey,
    mlsThumbprint: new Uint8Array(32),
    agreementVersion: 0,
    time: organisation.madeAt,
  };
  const signers = [letter.activation, device];
  const honest = await signStructure("DeviceLink", link, signers);
  const forged = await signStructure("DeviceLink", { ...link, ...change }, signers);
  expect((await verify(organisation, letter, [honest])).ok).toBe(true);
  expect(await verify(organisation, letter, [forged])).toEqual({ ok: false, code: "broken-chain" });
});

test("signatures over a structure of another type are no genesis (D7)", async () => {
  const organisation = await makeOrganisation();
  const letter = await enrolOfficer(organisation);
  const device = await newSigner();
  const parts = {
    attestation: letter.attestation,
    activation: letter.activation,
    device,
    mlsThumbprint: new Uint8Array(32),
    agreementVersion: 0,
    time: organisation.madeAt,
  };
  const { payload } = await makeGenesis(parts);
  const signatures = await Promise.all(
    [letter.activation, device].map(async ({ publicKey, sign }) => ({
      key: publicKey,
      signature: await sign(Uint8Array.of(...new TextEncoder().encode("NIMes/RoomRoles/v1"), 0, ...payload)),
    })),
  );
  expect(await verify(organisation, letter, [{ payload, signatures }])).toEqual({
    ok: false,
    code: "bad-signature",
  });
});

/** An officer with a first device and the letter for a second one. */
async function withNextLetter() {
  const organisation = await makeOrganisation();
  const first = await enrolOfficer(organisation);
  const old = await activateDevice(first);
  const letter = await enrolAgain(first, { displayName: "Anna Neu", validFrom: organisation.madeAt + 1000 });
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  if (!verified.ok) throw new Error(verified.code);
  return { organisation, verified: verified.value, first, old, letter };
}

test("a device ends with the genesis of the next one, at the moment that it names, not at its letter's", async () => {
  const { organisation, verified, first, old, letter } = await withNextLetter();
  const time = organisation.madeAt + 5000;
  const fresh = await activateDevice(letter, { time });
  const entry = { ...directoryEntryOf(letter, fresh), former: [generationOf(first, old)] };
  expect(await verifyUser(verified, entry)).toMatchObject({
    ok: true,
    value: {
      generation: 2,
      displayName: "Anna Neu",
      devices: [{ clientId: fresh.clientId, since: time }],
      ended: [{ clientId: old.clientId, until: time }],
    },
  });
});

test("a letter that nobody has used ends no device and changes nothing, whoever shows it", async () => {
  const { verified, first, old, letter } = await withNextLetter();
  const before = await verifyUser(verified, directoryEntryOf(first, old));
  expect(before).toMatchObject({ ok: true, value: { devices: [{ clientId: old.clientId }], ended: [] } });
  const shown = { ...directoryEntryOf(letter), former: [generationOf(first, old)] };
  expect(await verifyUser(verified, shown)).toEqual(before);
  // Nor does it between two devices: the first ends when the third was activated, not when the second might have been.
  const third = await enrolAgain(letter);
  const thirdDevice = await activateDevice(third, { time: third.attestation.validFrom + 9000 });
  const skipped = {
    ...directoryEntryOf(third, thirdDevice),
    former: [generationOf(first, old), generationOf(letter)],
  };
  expect(await verifyUser(verified, skipped)).toMatchObject({
    ok: true,
    value: { ended: [{ clientId: old.clientId, until: third.attestation.validFrom + 9000 }] },
  });
});

test("a genesis that names a moment before its letter, or that another letter's key signed, ends no device", async () => {
  const { verified, first, old, letter } = await withNextLetter();
  const early = await activateDevice(letter, { time: letter.attestation.validFrom - 1 });
  const forged = await activateDevice({ ...letter, activation: first.activation });
  for (const [device, code] of [
    [early, "broken-chain"],
    [forged, "wrong-signer"],
  ] as const) {
    const entry = { ...directoryEntryOf(letter, device), former: [generationOf(first, old)] };
    expect(await verifyUser(verified, entry)).toEqual({ ok: false, code });
  }
});

test("a former generation that is another user's, not lower, or badly signed explains nothing", async () => {
  const organisation = await makeOrganisation();
  const first = await enrolOfficer(organisation);
  const old = await activateDevice(first);
  const second = await enrolOfficer(organisation, { userId: first.userId, generation: 2 });
  const stranger = await enrolOfficer(organisation);
  const twin = await enrolOfficer(organisation, { userId: first.userId, generation: 2 });
  const forged = await enrolOfficer(organisation, { userId: first.userId, desk: await newSigner() });
  const verified = await verifyOrganisation(organisation.rootHash, organisation.manifests);
  if (!verified.ok) throw new Error(verified.code);
  const former = [
    generationOf(stranger, await activateDevice(stranger)),
    generationOf(twin, await activateDevice(twin)),
    generationOf(forged, await activateDevice(forged)),
    { attestation: first.signedAttestation, links: [old.genesis, old.genesis] },
  ];
  const entry = { ...directoryEntryOf(second, await activateDevice(second)), former };
  expect(await verifyUser(verified.value, entry)).toMatchObject({ ok: true, value: { ended: [] } });
});
