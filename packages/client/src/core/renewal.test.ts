import { room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { isRenewalDue, weekly } from "./renewal.ts";

const day = 24 * 60 * 60_000;

test("keys are renewed once a week where this device has written, and after a thousand messages", () => {
  expect(isRenewalDue(room({ sealedSince: 1, renewedAt: 0 }), weekly, 7 * day)).toBe(true);
  expect(isRenewalDue(room({ sealedSince: 1, renewedAt: 0 }), weekly, 7 * day - 1)).toBe(false);
  expect(isRenewalDue(room({ sealedSince: 1_000, renewedAt: 0 }), weekly, 1)).toBe(true);
  expect(isRenewalDue(room({ sealedSince: 0, renewedAt: 0 }), weekly, 70 * day)).toBe(false);
});

test("nothing is renewed in a room that this device has left, or that is in trouble", () => {
  const due = { sealedSince: 1_000, renewedAt: 0 };
  expect(isRenewalDue(room({ ...due, standing: { state: "left" } }), weekly, 1)).toBe(false);
  expect(isRenewalDue(room({ ...due, trouble: { kind: "stranded", since: 0 } }), weekly, 1)).toBe(false);
});
