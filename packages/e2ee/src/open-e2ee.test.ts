import {
  addToRoom,
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

test("who is added reads what comes afterwards; who is removed reads no more (M10)", async () => {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const before = await send(log, anna, ["vorher"]);
  expect(await addToRoom(log, anna, [cem])).toMatchObject({ outcome: "accepted", added: [cem.clientId] });
  expect(await joinFromLog(log, cem)).toMatchObject({ outcome: "joined", epoch: 2 });
  expect((await open(log, bert, log.entries)).map(summary)).toEqual(["duplicate", "vorher", "commit"]);
  const after = await send(log, bert, ["nachher"]);
  expect((await open(log, cem, [...before, ...after])).map(summary)).toEqual(["too-old", "nachher"]);
  const removal = await anna.e2ee.changeMembers(
    log.room,
    { add: [], remove: [cem.clientId] },
    submitTo(log, anna.clientId),
  );
  expect(removal).toMatchObject({ outcome: "accepted", removed: [cem.clientId] });
  const secret = await send(log, anna, ["ohne Cem"]);
  const rest = log.entries.slice(-2);
  expect((await open(log, bert, rest)).map(summary)).toEqual(["commit", "ohne Cem"]);
  expect((await open(log, cem, rest)).map(summary)).toEqual(["removed", "refused: wrong-room"]);
  expect(await cem.e2ee.epochOf(log.room.roomId)).toBeUndefined();
  expect(secret).toHaveLength(1);
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
