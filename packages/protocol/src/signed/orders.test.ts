import { expect, test } from "vitest";
import { decodeCbor, encodeCbor } from "../cbor.ts";
import { deviceIdOf, orgIdOf } from "../ids.ts";
import { limits } from "../limits.ts";
import type { OrderKind } from "./orders.ts";
import { followsOrder, Order, stateAfter } from "./orders.ts";

const order = {
  orgId: orgIdOf(new Uint8Array(32)),
  kind: "lock",
  deviceId: deviceIdOf(new Uint8Array(32)),
  sequence: 1,
  reason: "Verloren",
  time: 1,
};

test("each kind of order does one thing, and anything else does nothing", () => {
  expect((["lock", "unlock", "wipe"] as const).map(stateAfter)).toEqual(["locked", "open", "wiped"]);
  for (const kind of [
    "Lock",
    "",
    "unlock ",
    "toString",
    "__proto__",
    "erase",
    0,
    null,
    undefined,
    ["lock"],
  ]) {
    expect(decodeCbor(Order, encodeCbor({ ...order, kind })).ok, String(kind)).toBe(false);
    expect(() => stateAfter(kind as OrderKind)).toThrow("no order");
  }
});

test("an order follows the last one, by no more than one signature may (K4)", () => {
  const lock = (sequence: number) => ({ kind: "lock", sequence }) as const;
  expect(followsOrder(lock(6), 5)).toBe(true);
  expect(followsOrder(lock(5), 5)).toBe(false);
  expect(followsOrder(lock(4), 5)).toBe(false);
  expect(followsOrder(lock(5 + limits.maxNumberStep), 5)).toBe(true);
  expect(followsOrder(lock(6 + limits.maxNumberStep), 5)).toBe(false);
});

test.each([
  ["sequence", limits.maxSignedNumber + 1],
  ["sequence", 0],
  ["time", limits.maxSignedTime + 1],
])("an order whose %s is %d is none", (field, value) => {
  expect(decodeCbor(Order, encodeCbor({ ...order, [field]: value })).ok).toBe(false);
});
