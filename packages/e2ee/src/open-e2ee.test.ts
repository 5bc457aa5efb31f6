import {
  addToRoom,
  changeOf,
  joinFromLog,
  makeRoom,
  open,
  send,
  submitTo,
  summary,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, openTestE2ee } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";

test("two officers write to each other", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert], { kind: "direct" });
  const there = await send(log, anna, ["Guten Morgen", "Wo seid ihr?"]);
  expect((await open(log, bert, there)).map(summary)).toEqual(["Guten Morgen", "Wo seid ihr?"]);
  const back = await send(log, bert, ["Am Bahnhof"]);
  expect((await open(log, anna, back)).map(summary)).toEqual(["Am Bahnhof"]);
});

test("a room given without a group is in its first one, and without leavers nobody has asked to leave", async () => {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const { groupId: _, leaving: __, ...given } = log.room;
  const sent = await send(log, anna, ["eins"]);
  const read: string[] = [];
  await bert.e2ee.open(given, sent, async (outcomes) => {
    read.push(...outcomes.map(summary));
  });
  expect(read).toEqual(["eins"]);
  const shown = await anna.e2ee.devicesOf(log.room.groupId);
  expect(await anna.e2ee.seal(given, () => ({ contents: [], shown }))).toMatchObject({ outcome: "sealed" });
  const [keyPackage = new Uint8Array()] = await cem.e2ee.newKeyPackages(1);
  const change = changeOf({ add: [{ clientId: cem.clientId, keyPackage }], remove: [] });
  const added = await anna.e2ee.changeMembers(given, change, submitTo(log, anna));
  expect(added).toMatchObject({ outcome: "accepted", added: [cem.clientId] });
});

test("who is added reads what comes afterwards; who is removed reads no more (M10)", async () => {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const before = await send(log, anna, ["vorher"]);
  expect(await addToRoom(log, anna, [cem])).toMatchObject({ outcome: "accepted", added: [cem.clientId] });
  expect(await joinFromLog(log, cem)).toMatchObject({ outcome: "joined", epoch: 2 });
  expect((await open(log, bert, log.entries)).map(summary)).toEqual(["commit before", "vorher", "commit"]);
  const after = await send(log, bert, ["nachher"]);
  expect((await open(log, cem, [...before, ...after])).map(summary)).toEqual(["too-old", "nachher"]);
  const removal = await anna.e2ee.changeMembers(
    log.room,
    changeOf({ add: [], remove: [cem.clientId] }),
    submitTo(log, anna),
  );
  expect(removal).toMatchObject({ outcome: "accepted", removed: [cem.clientId] });
  const secret = await send(log, anna, ["ohne Cem"]);
  const rest = log.entries.slice(-2);
  expect((await open(log, bert, rest)).map(summary)).toEqual(["commit", "ohne Cem"]);
  expect((await open(log, cem, rest)).map(summary)).toEqual(["removed"]);
  expect((await open(log, cem, secret)).map(summary)).toEqual(["stranded"]);
  expect(await cem.e2ee.epochOf(log.room.groupId)).toBeUndefined();
});

test("a device opened again on its store goes on where it was", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle, { storeName: "bert-again" });
  const log = await makeRoom(circle, anna, [bert]);
  const sent = await send(log, anna, ["eins"]);
  await bert.e2ee.close();
  const again = await openTestE2ee({
    clientId: bert.clientId,
    directory: circle.directory,
    storeName: "bert-again",
  });
  expect(again.mlsThumbprint).toEqual(bert.mlsThumbprint);
  expect((await open(log, { ...bert, e2ee: again }, sent)).map(summary)).toEqual(["eins"]);
});
