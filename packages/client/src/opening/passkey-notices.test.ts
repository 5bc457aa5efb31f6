import type { DeviceId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import type { OutsideState } from "../capsule/outside.ts";
import { addedHere, confirmedAll, heardOf, noticeAtLock, noticeInside } from "./passkey-notices.ts";

const [own, other] = ["a".repeat(32), "b".repeat(32)] as [DeviceId, DeviceId];
const day = 24 * 60 * 60_000;
const nothing = { lastContact: 0, latestClock: 0 } as OutsideState;
const claim = (credentialId: string, deviceId = own) => ({ credentialId, deviceId });
const at = (now: number) => ({ deviceId: own, now });

test("a passkey that the server tells of is said once, at the lock screen for a week and inside until confirmed", () => {
  const heard = heardOf(nothing, [claim("one")], at(5));
  expect(noticeAtLock(heard, 6)).toEqual({ thisDevice: true, learntAt: 5 });
  expect(noticeInside(heard)).toEqual({ thisDevice: true, learntAt: 5 });
  expect(heardOf(heard, [claim("one")], at(9))).toBe(heard);
  const confirmed = confirmedAll(heard);
  expect(noticeInside(confirmed)).toBeUndefined();
  expect(noticeAtLock(confirmed, 6 * day)).toBeDefined();
  expect(noticeAtLock(confirmed, 7 * day + 5)).toBeUndefined();
  // A clock set back hides nothing.
  expect(noticeAtLock(confirmed, 0)).toBeDefined();
});

test("one that this device made is said at the lock screen, and needs no confirming", () => {
  const added = addedHere(heardOf(nothing, [claim("one")], at(5)), "one", 6);
  expect(added.passkey).toBe("one");
  expect(noticeInside(added)).toBeUndefined();
  expect(noticeAtLock(added, 7)).toEqual({ thisDevice: true, learntAt: 6 });
  expect(heardOf(added, [claim("one")], at(9))).toBe(added);
});

test("one in place of the own, and one of another device, are news", () => {
  const added = addedHere(nothing, "one", 6);
  expect(noticeInside(heardOf(added, [claim("two")], at(9)))).toEqual({ thisDevice: true, learntAt: 9 });
  const elsewhere = heardOf(added, [claim("one"), claim("three", other)], at(9));
  expect(noticeInside(elsewhere)).toEqual({ thisDevice: false, learntAt: 9 });
});

test("a server that makes passkeys up or keeps them back makes notices or none: nothing else changes, and memory is bounded", () => {
  let state = addedHere(nothing, "own", 1);
  for (let time = 0; time < 1_000; time += 1)
    state = heardOf(state, [claim(`up-${time}`), claim(`elsewhere-${time}`, other)], at(time));
  expect(state.passkeysAdded?.length).toBeLessThanOrEqual(20);
  const { passkeysAdded: _, ...rest } = state;
  expect(rest).toEqual({ ...nothing, passkey: "own" });
  expect(heardOf(state, [], at(9))).toBe(state);
});
