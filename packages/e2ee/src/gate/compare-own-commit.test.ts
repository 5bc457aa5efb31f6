/** The comparison of an own commit with what was intended, on commits that core-crypto made (DESIGN §3, gate 3). */

import { utf8 } from "@nimes/protocol/bytes";
import { firstGroupOf, newSubmissionId, roomIdOf } from "@nimes/protocol/ids";
import { changeOf, makeRoom, oneKeyPackage, submitTo, type TestRoom } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { CommitBundle, MemberChange } from "../e2ee.ts";
import { isAsIntended, type OwnCommitBytes, type OwnCommitIntent } from "./compare-own-commit.ts";

/** Commits of Anna that add Cem and remove Bert, as they went out, each with its intent. */
async function madeCommits() {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const [bert, cem] = [await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  const add = [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }];
  const before = [...log.devices];
  const addition = await sent(log, anna, changeOf({ add, remove: [] }));
  const removal = await sent(log, anna, changeOf({ add: [], remove: [bert.clientId] }));
  const common = { groupId: log.room.groupId, cipherSuite: 1 };
  const adds: OwnCommitIntent = { ...common, epoch: 1, before, add, remove: [] };
  const removes: OwnCommitIntent = {
    ...common,
    epoch: 2,
    before: [...before, cem.clientId],
    add: [],
    remove: [bert.clientId],
  };
  return { anna, bert, cem, adds, removes, addition, removal };
}

async function sent(
  log: TestRoom,
  by: Awaited<ReturnType<typeof addOfficer>>,
  change: MemberChange,
): Promise<OwnCommitBytes> {
  const bundles: CommitBundle[] = [];
  const submit = submitTo(log, by);
  await by.e2ee.changeMembers(log.room, change, (bundle) => {
    bundles.push(bundle);
    return submit(bundle);
  });
  const [bundle] = bundles;
  if (!bundle) throw new Error("nothing was sent");
  return { commit: bundle.commit, groupInfo: bundle.groupInfo, welcome: bundle.welcome };
}

test("a commit that does what was intended passes, one that does anything else does not", async () => {
  const { anna, bert, cem, adds, removes, addition, removal } = await madeCommits();
  expect(isAsIntended(adds, addition)).toBe(true);
  expect(isAsIntended(removes, removal)).toBe(true);

  const add = adds.add;
  const otherPackage = add.map((claim) => ({ ...claim, keyPackage: oneBitChanged(claim.keyPackage) }));
  const faults: [string, OwnCommitIntent, OwnCommitBytes][] = [
    ["an add that was not intended", { ...adds, add: [] }, addition],
    ["an intended add that is missing", { ...removes, add }, removal],
    ["another key package", { ...adds, add: otherPackage }, addition],
    [
      "another device than intended",
      { ...adds, add: add.map((claim) => ({ ...claim, clientId: bert.clientId })) },
      addition,
    ],
    ["a removal that was not intended", { ...removes, remove: [] }, removal],
    ["another removal than intended", { ...removes, remove: [cem.clientId] }, removal],
    ["a leaf that was not there before", { ...adds, before: [anna.clientId] }, addition],
    ["another epoch", { ...adds, epoch: 2 }, addition],
    ["another group", { ...adds, groupId: firstGroupOf(roomIdOf(utf8(newSubmissionId()))) }, addition],
    ["another suite", { ...adds, cipherSuite: 2 }, addition],
    ["a Welcome where nobody is added", removes, { ...removal, welcome: addition.welcome }],
    ["no Welcome where somebody is added", adds, { ...addition, welcome: undefined }],
    ["another commit's group info", adds, { ...addition, groupInfo: removal.groupInfo }],
    ["no commit", adds, { ...addition, commit: addition.groupInfo }],
    ["a cut group info", adds, { ...addition, groupInfo: addition.groupInfo.subarray(0, 200) }],
  ];
  for (const [name, intent, bytes] of faults)
    expect([name, isAsIntended(intent, bytes)]).toEqual([name, false]);
});

function oneBitChanged(bytes: Uint8Array): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[40] = (other[40] ?? 0) ^ 1;
  return other;
}
