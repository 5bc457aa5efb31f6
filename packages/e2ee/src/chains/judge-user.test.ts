/** Authority that can be taken back: what a manifest says decides, whenever somebody looks (DESIGN §3). */
import { limits } from "@nimes/protocol/limits";
import type { DirectoryGeneration } from "@nimes/protocol/routes/routes";
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestDevice, TestLetter, TestOrganisation } from "@nimes/testing/organisation";
import {
  activateDevice,
  attestAgain,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
  newSigner,
  publishManifest,
  signTransfer,
} from "@nimes/testing/organisation";
import { beforeEach, expect, test } from "vitest";
import { hadEnded, hasEnded, standingOf } from "../gate/chain-lookup.ts";
import { checkUser } from "./check-user.ts";
import { judgeUser, keepJudgeable } from "./judge-user.ts";
import { verifyOrganisation } from "./verify-organisation.ts";
import { verifyUser } from "./verify-user.ts";

let organisation: TestOrganisation;
beforeEach(async () => {
  organisation = await makeOrganisation();
});

const today = async () => granted(await verifyOrganisation(organisation.rootHash, organisation.manifests));
const stations = () => {
  const [celle, hannover] = organisation.units;
  if (!celle || !hannover) throw new Error("two stations");
  return { celle, hannover };
};
/** The root takes out every desk key of a station, and may put another in its place. */
async function takeOut(unitId: string, instead?: Uint8Array): Promise<void> {
  const { deskKeys } = organisation.manifest;
  const replaced = deskKeys.filter(({ units }) => units.some((unit) => unit === unitId));
  const fresh = instead ? replaced.map((desk) => ({ ...desk, key: instead })) : [];
  await publishManifest(organisation, {
    deskKeys: [...deskKeys.filter((desk) => !replaced.includes(desk)), ...fresh],
  });
}
const entryOf = (letter: TestLetter, device: TestDevice, more: Partial<DirectoryGeneration> = {}) => ({
  ...directoryEntryOf(letter, device),
  ...more,
});

test("what a stolen key signed counts for nothing: whoever it invented is nobody, and its device is recognised", async () => {
  const spy = await enrolOfficer(organisation, { displayName: "Spitzel" });
  const device = await activateDevice(spy);
  const checked = granted(await checkUser(directoryEntryOf(spy, device)));
  expect(judgeUser(await today(), checked)).toMatchObject({ value: { attested: true, revoked: [] } });
  await takeOut("pi-celle");
  const user = granted(judgeUser(await today(), checked));
  expect(user).toMatchObject({ attested: false, devices: [], ended: [] });
  const leaf = { clientId: device.clientId, thumbprint: device.mlsThumbprint };
  const lookup = () => user;
  expect(standingOf(lookup, leaf)).toMatchObject({ device: { clientId: device.clientId } });
  // At any time of any clock, also before the key was stolen: all devices come to this verdict, old and new.
  for (const time of [0, organisation.madeAt, Number.MAX_SAFE_INTEGER]) {
    expect(hasEnded(lookup, device.clientId, time)).toBe(true);
    expect(hadEnded(lookup, device.clientId, time)).toBe(true);
  }
});

test("a desk key that never stood in any manifest makes nobody, not even somebody revoked", async () => {
  const stranger = await newSigner();
  const invented = await enrolOfficer(organisation, { desk: stranger });
  const device = await activateDevice(invented);
  expect(await verifyUser(await today(), directoryEntryOf(invented, device))).toEqual({
    ok: false,
    code: "wrong-signer",
  });
  const checked = granted(await checkUser(directoryEntryOf(invented, device)));
  expect(keepJudgeable(await today(), checked)).toMatchObject({
    user: { generations: [] },
    refusal: { code: "wrong-signer" },
  });
});

test("a key that retires stays with its end: what it signed before counts, what comes behind does not", async () => {
  const { celle } = stations();
  const before = await enrolOfficer(organisation);
  const validUntil = organisation.madeAt + 1_000;
  const deskKeys = organisation.manifest.deskKeys.map((desk) => ({ ...desk, validUntil }));
  await publishManifest(organisation, { deskKeys });
  const after = await enrolOfficer(organisation, { validFrom: validUntil + 1, desk: celle.desk });
  expect(await verifyUser(await today(), directoryEntryOf(before))).toMatchObject({
    value: { attested: true },
  });
  expect((await verifyUser(await today(), directoryEntryOf(after))).ok).toBe(false);
});

test("another desk of the unit attests the honest ones again: same device, and name and validity are the latest", async () => {
  const anna = await enrolOfficer(organisation, { displayName: "Anna" });
  const device = await activateDevice(anna);
  const desk = await newSigner();
  await takeOut("pi-celle", desk.publicKey);
  const again = await attestAgain(anna, desk, { displayName: "Anna Behrens" });
  const entry = entryOf(again, device, { again: [anna.signedAttestation] });
  expect(await verifyUser(await today(), entry)).toMatchObject({
    value: {
      attested: true,
      displayName: "Anna Behrens",
      devices: [{ clientId: device.clientId, since: organisation.madeAt }],
      revoked: [],
    },
  });
  // In whatever order the server shows them.
  const swapped = entryOf(anna, device, { again: [again.signedAttestation] });
  expect(await verifyUser(await today(), swapped)).toEqual(await verifyUser(await today(), entry));
});

test("attesting again smuggles in nothing: no other unit, class, person, generation or key", async () => {
  const { hannover } = stations();
  const anna = await enrolOfficer(organisation, { displayName: "Anna" });
  const device = await activateDevice(anna);
  const before = await verifyUser(await today(), entryOf(anna, device));
  const other = await enrolOfficer(organisation);
  const lies: [string, TestLetter][] = [
    ["unit", await attestAgain(anna, hannover.desk, { unitId: hannover.unitId })],
    ["foreign desk", await attestAgain(anna, hannover.desk)],
    ["class", await attestAgain(anna, stations().celle.desk, { deviceClass: "private" })],
    ["person", await attestAgain(anna, stations().celle.desk, { userId: other.userId })],
    ["generation", await attestAgain(anna, stations().celle.desk, { generation: 2 })],
    ["key", await attestAgain(anna, stations().celle.desk, { activationKey: other.activation.publicKey })],
  ];
  for (const [what, { signedAttestation }] of lies)
    expect(
      await verifyUser(await today(), entryOf(anna, device, { again: [signedAttestation] })),
      what,
    ).toEqual(before);
});

test("the next generation comes from the unit of the one before, or with a transfer of a desk there or of the root", async () => {
  const { celle, hannover } = stations();
  const first = await enrolOfficer(organisation);
  const old = await activateDevice(first);
  const next = await enrolAgain(first, { unitId: hannover.unitId });
  const fresh = await activateDevice(next, { time: organisation.madeAt + 5 });
  const former = [generationOf(first, old)];
  const to = hannover.unitId;
  const shown = async (transfer?: DirectoryGeneration["transfer"]) =>
    granted(
      await verifyUser(await today(), { ...entryOf(next, fresh, transfer ? { transfer } : {}), former }),
    );
  const stays = { unitId: celle.unitId, devices: [{ clientId: old.clientId }], ended: [] };
  expect(await shown()).toMatchObject({ ...stays, revoked: [{ clientId: fresh.clientId }] });
  const worthless = [
    await signTransfer(first, hannover.desk, { to }),
    await signTransfer(first, await newSigner(), { to }),
    await signTransfer(first, celle.desk, { to: celle.unitId }),
    await signTransfer(first, celle.desk, { to, generation: 2 }),
    await signTransfer(first, celle.desk, { to, userId: (await enrolOfficer(organisation)).userId }),
  ];
  for (const transfer of worthless) expect(await shown(transfer)).toMatchObject(stays);
  for (const signer of [celle.desk, organisation.root])
    expect(await shown(await signTransfer(first, signer, { to }))).toMatchObject({
      unitId: hannover.unitId,
      devices: [{ clientId: fresh.clientId }],
      ended: [{ clientId: old.clientId }],
      revoked: [],
    });
});

test("a transfer is used once: it lets nobody take an officer over again who has come back", async () => {
  const { celle, hannover } = stations();
  const one = await enrolOfficer(organisation);
  const first = await activateDevice(one);
  const away = await signTransfer(one, celle.desk, { to: hannover.unitId });
  const two = await enrolAgain(one, { unitId: hannover.unitId });
  const second = await activateDevice(two, { time: organisation.madeAt + 1 });
  const back = await signTransfer(two, hannover.desk, { to: celle.unitId });
  const three = await enrolAgain(two, { unitId: celle.unitId });
  const third = await activateDevice(three, { time: organisation.madeAt + 2 });
  const four = await enrolAgain(three, { unitId: hannover.unitId });
  const fourth = await activateDevice(four, { time: organisation.madeAt + 3 });
  const entry = {
    ...entryOf(four, fourth, { transfer: away }),
    former: [
      generationOf(one, first),
      { ...generationOf(two, second), transfer: away },
      { ...generationOf(three, third), transfer: back },
    ],
  };
  expect(await verifyUser(await today(), entry)).toMatchObject({
    value: { unitId: celle.unitId, generation: 3, devices: [{ clientId: third.clientId }] },
  });
});

test("a phone that a thief activated with a stolen desk key ends nobody's phone once that key is out", async () => {
  const { celle } = stations();
  const second = await newSigner();
  const { deskKeys } = organisation.manifest;
  await publishManifest(organisation, {
    deskKeys: [
      ...deskKeys,
      { ...deskKeys[0], key: second.publicKey, units: [celle.unitId] },
    ] as typeof deskKeys,
  });
  const anna = await enrolOfficer(organisation);
  const phone = await activateDevice(anna);
  const taken = await enrolAgain(anna, { desk: second });
  const thief = await activateDevice(taken, { time: organisation.madeAt + 5 });
  const entry = { ...entryOf(taken, thief), former: [generationOf(anna, phone)] };
  expect(await verifyUser(await today(), entry)).toMatchObject({
    value: { devices: [{ clientId: thief.clientId }], ended: [{ clientId: phone.clientId }] },
  });
  await publishManifest(organisation, {
    deskKeys: organisation.manifest.deskKeys.filter(({ key }) => key !== second.publicKey),
  });
  expect(await verifyUser(await today(), entry)).toMatchObject({
    value: { devices: [{ clientId: phone.clientId }], ended: [], revoked: [{ clientId: thief.clientId }] },
  });
  // The honest desk's next letter may have the same number.
  const letter = await enrolAgain(anna);
  const honest = await activateDevice(letter, { time: organisation.madeAt + 9 });
  const next = {
    ...entryOf(letter, honest),
    former: [generationOf(anna, phone), generationOf(taken, thief)],
  };
  expect(await verifyUser(await today(), next)).toMatchObject({
    value: {
      devices: [{ clientId: honest.clientId }],
      ended: [{ clientId: phone.clientId }],
      revoked: [{ clientId: thief.clientId }],
    },
  });
});

test.each([
  ["longer than an attestation may", { validUntil: 0 }, limits.attestationLifetimeMs + 1],
  ["for no time at all", { validUntil: 0 }, 0],
  [
    "with a letter that lives too long",
    { activateUntil: 0 },
    limits.activationLifetimeMs + limits.clockToleranceMs + 1,
  ],
])("an attestation %s is refused by whoever reads it", async (_name, field, lengthMs) => {
  const validFrom = organisation.madeAt;
  const [name] = Object.keys(field);
  const letter = await enrolOfficer(organisation, {
    validFrom,
    [name as "validUntil"]: validFrom + lengthMs,
  });
  expect(await verifyUser(await today(), directoryEntryOf(letter))).toEqual({
    ok: false,
    code: "wrong-signer",
  });
});

test.each([
  ["generation", { generation: limits.maxSignedNumber + 1 }],
  ["end", { validUntil: limits.maxSignedTime + 1 }],
  ["beginning", { validFrom: Number.MAX_SAFE_INTEGER }],
])("no signature makes a %s larger than any that anybody will need", async (_name, fields) => {
  const letter = await enrolOfficer(organisation, fields);
  expect(await checkUser(directoryEntryOf(letter))).toMatchObject({ ok: false, code: "malformed" });
});
