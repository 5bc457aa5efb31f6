import { toHex } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import type { Policy } from "@nimes/protocol/signed/policy";
import { defaultPolicy } from "@nimes/protocol/signed/policy";
import { expect, test } from "vitest";
import type { Evidence } from "./in-force.ts";
import { inForce, withAccepted, withOrder, withPolicy, withSeen } from "./in-force.ts";

const [ours, thiefs] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const both = { policyKeys: [ours, thiefs], revocationKeys: [ours, thiefs] };
const struckOut = { policyKeys: [ours], revocationKeys: [ours] };
const nothing: Evidence = { deviceClass: "service", policies: {}, agreements: {}, orders: {} };
const policy = (version: number, privateDevicesAllowed = true) =>
  ({ ...defaultPolicy, version, privateDevicesAllowed, time: 0, orgId: "0".repeat(32) }) as Policy;
const lock = (sequence: number) => ({ sequence, kind: "lock", reason: `no. ${sequence}` }) as const;
const unlock = (sequence: number) => ({ sequence, kind: "unlock", reason: "found" }) as const;

test("before anything was told, the usual rules hold and nothing is locked", () => {
  expect(inForce(nothing, both)).toEqual({
    rules: defaultPolicy.service,
    privateDevicesAllowed: true,
    lastOrder: 0,
    seenAgreement: 0,
    acceptedAgreement: 0,
  });
});

test("what holds follows from the newest manifest, and changes with it alone", () => {
  let told = {
    ...nothing,
    ...withPolicy(nothing, ours, policy(3, false)),
    ...withOrder(nothing, ours, lock(5)),
  };
  told = { ...told, ...withPolicy(told, thiefs, policy(1000)), ...withOrder(told, thiefs, unlock(900)) };
  expect(inForce(told, both)).toMatchObject({ policy: { version: 1000 }, lastOrder: 900 });
  expect(inForce(told, both).lockedBy).toBeUndefined();
  expect(inForce(told, struckOut)).toMatchObject({
    ...{ policy: { version: 3 }, privateDevicesAllowed: false },
    ...{ lastOrder: 5, lockedBy: "no. 5" },
  });
  const nobody = { policyKeys: [], revocationKeys: [] };
  expect(inForce(told, nobody)).toEqual(inForce(nothing, nobody));
});

test("agreements that were seen and accepted belong to the key that signed them, and none goes back", () => {
  const at = (signer: Uint8Array, version: number, validFrom = 0) => ({
    ...{ signer },
    agreement: { version, validFrom },
  });
  let told = { ...nothing, ...withSeen(nothing, at(ours, 4), 1) };
  told = { ...told, ...withAccepted(told, ours, 4) };
  told = { ...told, ...withSeen(told, at(ours, 2), 1) };
  told = { ...told, ...withAccepted(told, thiefs, 1000) };
  expect(inForce(told, both)).toMatchObject({ seenAgreement: 4, acceptedAgreement: 1000 });
  expect(inForce(told, struckOut)).toMatchObject({ seenAgreement: 4, acceptedAgreement: 4 });
  expect(Object.keys(told.agreements).sort()).toEqual([toHex(ours), toHex(thiefs)]);
});

test("a version that is shown before its time keeps out none that is in force", () => {
  const early = { signer: ours, agreement: { version: 9, validFrom: 1 + limits.clockToleranceMs } };
  const before = { ...nothing, ...withSeen(nothing, early, 0) };
  expect(inForce(before, both).seenAgreement).toBe(0);
  const then = { ...nothing, ...withSeen(nothing, early, 1) };
  expect(inForce(then, both).seenAgreement).toBe(9);
});
