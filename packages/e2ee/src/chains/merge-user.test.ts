/** What was seen of somebody stays, whatever the server shows later (D1, D2, D11). */
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestDevice, TestLetter } from "@nimes/testing/organisation";
import {
  activateDevice,
  attestAgain,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
} from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { checkUser } from "./check-user.ts";
import { judgeUser } from "./judge-user.ts";
import { mergeUser } from "./merge-user.ts";
import { verifyOrganisation } from "./verify-organisation.ts";

async function scene() {
  const organisation = await makeOrganisation();
  const verified = granted(await verifyOrganisation(organisation.rootHash, organisation.manifests));
  const first = await enrolOfficer(organisation);
  const old = await activateDevice(first);
  const second = await enrolAgain(first);
  const fresh = await activateDevice(second, { time: organisation.madeAt + 5 });
  return { organisation, verified, first, old, second, fresh };
}
const seen = async (
  letter: TestLetter,
  device?: TestDevice,
  former: ReturnType<typeof generationOf>[] = [],
) => granted(await checkUser({ ...directoryEntryOf(letter, device), former }));

test("a device that was seen has ended when the server leaves out that it ever was (former, D2)", async () => {
  const { verified, first, old, second, fresh } = await scene();
  const before = mergeUser(undefined, await seen(first, old)).user;
  const merged = mergeUser(before, await seen(second, fresh));
  expect(merged.contradicts).toBe(true);
  expect(judgeUser(verified, merged.user)).toMatchObject({
    value: { devices: [{ clientId: fresh.clientId }], ended: [{ clientId: old.clientId }] },
  });
});

test("a device that was seen as ended stays so when the server goes back to it (D2)", async () => {
  const { verified, first, old, second, fresh } = await scene();
  const before = mergeUser(undefined, await seen(second, fresh, [generationOf(first, old)])).user;
  for (const lie of [await seen(first, old), await seen(first), await seen(second)]) {
    const merged = mergeUser(before, lie);
    expect(merged).toMatchObject({ contradicts: true });
    expect(judgeUser(verified, merged.user)).toEqual(judgeUser(verified, before));
  }
});

test("the first genesis of a letter that was seen stays: a used letter makes no second device (D11)", async () => {
  const { verified, first, old } = await scene();
  const thief = await activateDevice(first);
  const before = mergeUser(undefined, await seen(first, old)).user;
  const merged = mergeUser(before, await seen(first, thief));
  expect(merged.contradicts).toBe(true);
  expect(judgeUser(verified, merged.user)).toMatchObject({
    value: { devices: [{ clientId: old.clientId }] },
  });
});

test("a second letter of the same generation makes no second device either", async () => {
  const { organisation, verified, first, old } = await scene();
  const twin = await enrolOfficer(organisation, { userId: first.userId });
  const thief = await activateDevice(twin);
  const before = mergeUser(undefined, await seen(first, old)).user;
  const merged = mergeUser(before, await seen(twin, thief));
  expect(merged.contradicts).toBe(true);
  expect(judgeUser(verified, merged.user)).toMatchObject({
    value: { devices: [{ clientId: old.clientId }] },
  });
});

test("honest changes contradict nothing: a used letter, a new phone, another desk's word, a letter that was replaced", async () => {
  const { organisation, first, old, second, fresh } = await scene();
  const desk = organisation.units[0]?.desk;
  if (!desk) throw new Error("a desk");
  const again = await attestAgain(first, desk, { displayName: "Anna Neu" });
  const replaced = await enrolOfficer(organisation, { userId: first.userId });
  const steps = [
    await seen(replaced),
    await seen(first),
    await seen(first, old),
    granted(await checkUser({ ...directoryEntryOf(again, old), again: [first.signedAttestation] })),
    await seen(second, fresh, [
      { ...generationOf(again, old), ...{ again: [first.signedAttestation] } } as ReturnType<
        typeof generationOf
      >,
    ]),
  ];
  let known: Parameters<typeof mergeUser>[0];
  for (const step of steps) {
    const merged = mergeUser(known, step);
    expect(merged.contradicts).toBe(false);
    known = merged.user;
  }
  expect(known?.generations.map(({ attestations }) => attestations.length)).toEqual([2, 1]);
});

test("the same entry again, and a thousand attestations of one letter, fill nothing", async () => {
  const { organisation, first, old } = await scene();
  const desk = organisation.units[0]?.desk;
  if (!desk) throw new Error("a desk");
  let known = mergeUser(undefined, await seen(first, old)).user;
  const once = mergeUser(known, await seen(first, old)).user;
  expect(once).toEqual(known);
  for (let number = 1; number <= 40; number += 1) {
    const again = await attestAgain(first, desk, { validFrom: first.attestation.validFrom + number });
    known = mergeUser(known, await seen(again, old)).user;
  }
  expect(known.generations[0]?.attestations.length).toBeLessThanOrEqual(16);
});
