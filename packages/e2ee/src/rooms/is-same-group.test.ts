/** A GroupInfo and the own group: the same, or only alike (F14). */
import { renew } from "@nimes/testing/e2ee/recovery";
import { makeRoom, open, send, summary } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";

test("two groups of one id and one epoch with other commits behind them are told apart, whoever made them; looking changes nothing (F14)", async () => {
  const circle = await makeCircle();
  const [anna, bert, cora] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert, cora]);
  const { groupId } = log.room;
  const { groupInfo: before, epoch, entries } = { ...log, entries: [...log.entries] };
  await renew(log, bert);
  await open(log, anna, log.entries.slice(-1));
  // The same once more from there on, as behind a backup that was put back.
  const restored = { ...log, groupInfo: before, epoch, entries };
  await renew(restored, cora);
  const [one, other, old] = [log.groupInfo, restored.groupInfo, before] as Uint8Array[];
  if (!one || !other || !old) throw new Error("a group has a GroupInfo");
  for (const each of [anna, bert]) {
    expect(await each.e2ee.isSameGroup(groupId, one)).toBe(true);
    for (const wrong of [other, old, one.subarray(1)])
      expect(await each.e2ee.isSameGroup(groupId, wrong)).toBe(false);
  }
  expect(await cora.e2ee.isSameGroup(groupId, other)).toBe(true);
  expect(await cora.e2ee.isSameGroup(groupId, one)).toBe(false);
  expect(await anna.e2ee.epochOf(groupId)).toBe(2);
  expect((await open(log, bert, await send(log, anna, ["geht"]))).map(summary)).toEqual(["geht"]);
});
