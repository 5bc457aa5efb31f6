/** Sealing looks at the tree of the moment, whatever was read of the group before (§1). */
import { addToRoom, makeRoom, sealNow, textContent } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";

test("a commit between two messages is seen: nothing is sealed for a tree that was read before it", async () => {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const devices = [anna.clientId, bert.clientId];
  await sealNow(log, anna, [textContent("vorher")]);
  await addToRoom(log, anna, [cem]);
  const plan = () => ({ contents: [textContent("danach")], shown: devices });
  expect(await anna.e2ee.seal(log.room, plan)).toEqual({
    outcome: "moved",
    devices: [...devices, cem.clientId],
  });
});

test("another group of the same id at the same epoch is another tree", async () => {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const plan = () => ({ contents: [textContent("an Bert")], shown: [anna.clientId, bert.clientId] });
  expect(await anna.e2ee.seal(log.room, plan)).toMatchObject({ outcome: "sealed", epoch: 1 });
  await anna.e2ee.leaveRoom(log.room.groupId);
  await anna.e2ee.foundRoom(log.room);
  await addToRoom({ ...log, epoch: 0, devices: [anna.clientId] }, anna, [cem]);
  expect(await anna.e2ee.epochOf(log.room.groupId)).toBe(1);
  expect(await anna.e2ee.seal(log.room, plan)).toEqual({
    outcome: "moved",
    devices: [anna.clientId, cem.clientId],
  });
});
