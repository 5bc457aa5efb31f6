/** Renewal: a state that was stolen reads only until its device has renewed its leaf. */
import { diesAccepted, renew } from "@nimes/testing/e2ee/recovery";
import { makeRoom, open, send, summary, textContent } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { CommitBundle } from "../e2ee.ts";

test("a renewed device reads on, and is the committer that everybody sees", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  expect(await renew(log, bert)).toEqual({ outcome: "accepted", epoch: 2 });
  expect(await open(log, anna, log.entries.slice(-1))).toMatchObject([
    { outcome: "commit", committer: bert.clientId, epoch: 2, devices: log.devices },
  ]);
  const sent = await send(log, anna, ["nach der Erneuerung"]);
  expect((await open(log, bert, sent)).map(summary)).toEqual(["nach der Erneuerung"]);
});

test("the state from before a renewal, as somebody stole it, opens nothing behind it", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  // What was accepted and not kept leaves the state of before.
  expect(await bert.e2ee.renew(log.room, diesAccepted(log, bert))).toEqual({ outcome: "unknown" });
  const stolen = bert;
  const renewal = log.entries.slice(-1);
  await open(log, anna, renewal);
  const behind = await send(log, anna, ["nach der Erneuerung"]);
  // Not as its own, either: whoever stole it knows nothing of what the device has sent.
  const read = async (entries: typeof behind) => stolen.e2ee.open(log.room, entries, async () => {});
  expect(await read([...renewal, ...behind])).toMatchObject({ entries: [{ outcome: "stranded" }] });
  expect(await read(behind)).toMatchObject({ entries: [{ outcome: "stranded" }] });
});

test("a renewal adds nobody, goes out for the current epoch, and is undone when it loses", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const sent: CommitBundle[] = [];
  const lost = await bert.e2ee.renew(log.room, async (bundle) => {
    sent.push(bundle);
    return "lost";
  });
  expect(lost).toEqual({ outcome: "lost" });
  expect(sent).toMatchObject([{ epoch: 1, before: log.devices, devices: log.devices }]);
  expect(sent[0]?.welcome).toBeUndefined();
  expect(await bert.e2ee.epochOf(log.room.groupId)).toBe(1);
  expect((await open(log, anna, await send(log, bert, ["geht"]))).map(summary)).toEqual(["geht"]);
});

test("where this device is not in the room there is nothing to renew", async () => {
  const circle = await makeCircle();
  const [anna, bert] = [await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, []);
  expect(await renew(log, bert)).toEqual({ outcome: "lost" });
  const plan = () => ({ contents: [textContent("nein")], shown: [] });
  expect(await bert.e2ee.seal(log.room, plan)).toEqual({ outcome: "gone" });
});
