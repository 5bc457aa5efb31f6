/** A device that a later letter has ended: the room goes on, the device does not (DESIGN §3, gate 5). */

import {
  addToRoom,
  changeOf,
  joinFromLog,
  makeRoom,
  oneKeyPackage,
  open,
  send,
  submitTo,
  summary,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, granted, makeCircle } from "@nimes/testing/e2ee/test-device";
import { activateDevice, directoryEntryOf, enrolAgain, generationOf } from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { verifyUser } from "../chains/verify-user.ts";

const later = 10_000;

/** Anna's group with Bert and Cem; then Cem uses a new letter, and everybody knows. */
async function scene() {
  const circle = await makeCircle();
  const now = (): number => circle.organisation.madeAt + later + 1;
  const [anna, bert] = [await addOfficer(circle, { now }), await addOfficer(circle, { now })];
  const cem = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert, cem]);
  const { organisation, verified } = circle;
  const letter = await enrolAgain(cem.letter);
  const next = await activateDevice(letter, { time: organisation.madeAt + later });
  const entry = { ...directoryEntryOf(letter, next), former: [generationOf(cem.letter, cem)] };
  circle.users.set(cem.userId, granted(await verifyUser(verified, entry)));
  return { circle, anna, bert, cem, log };
}

test("commits go on while its leaf is still there, and newcomers are let in (M3)", async () => {
  const { circle, anna, bert, log } = await scene();
  log.now += later + 1;
  const dora = await addOfficer(circle);
  expect(await addToRoom(log, anna, [dora])).toMatchObject({ outcome: "accepted" });
  expect((await open(log, bert, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
  expect(await joinFromLog(log, dora)).toMatchObject({ outcome: "joined" });
});

test("what it said before its end is read, what it says afterwards is not", async () => {
  const { anna, cem, log } = await scene();
  const before = await send(log, cem, ["noch mein Telefon"]);
  log.now += later + 1;
  const after = await send(log, cem, ["nicht mehr mein Telefon"]);
  expect((await open(log, anna, [...before, ...after])).map(summary)).toEqual([
    "noch mein Telefon",
    "refused: not-on-chain",
  ]);
});

test("any member may remove it, and it is never added again (M3)", async () => {
  const { anna, bert, cem, log } = await scene();
  log.now += later + 1;
  const removal = changeOf({ add: [], remove: [cem.clientId] });
  expect(await bert.e2ee.changeMembers(log.room, removal, submitTo(log, bert))).toMatchObject({
    outcome: "accepted",
    removed: [cem.clientId],
  });
  expect((await open(log, anna, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
  const add = [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }];
  expect(await anna.e2ee.changeMembers(log.room, changeOf({ add, remove: [] }), submitTo(log, anna))).toEqual(
    {
      outcome: "nothing",
      unusable: [cem.clientId],
      notPermitted: [],
    },
  );
});
