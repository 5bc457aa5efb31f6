/** Whoever holds the keys of a device that was in the room makes a group under its id, and brings others into it. */
import { groupIdOf } from "@nimes/protocol/ids";
import { knownIn } from "@nimes/testing/e2ee/recovery";
import { changeOf, invitationTo, makeRoom, oneKeyPackage } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { CommitBundle, SubmitCommit } from "../e2ee.ts";

test("a device that has ended brings nobody along into the tree that somebody heals into (P9, M14)", async () => {
  const circle = await makeCircle();
  const [anna, bert, zoe] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert]);
  await anna.e2ee.leaveRoom(log.room.groupId);
  await anna.e2ee.foundRoom(log.room);
  let groupInfo = new Uint8Array();
  const keep: SubmitCommit = async (bundle) => {
    groupInfo = Uint8Array.from(bundle.groupInfo);
    return "accepted";
  };
  const add = await Promise.all(
    [bert, zoe].map(async ({ clientId, e2ee }) => ({ clientId, keyPackage: await oneKeyPackage(e2ee) })),
  );
  await anna.e2ee.changeMembers(log.room, changeOf({ add, remove: [] }), keep);
  const user = circle.users.get(anna.userId);
  const [device] = user?.devices ?? [];
  if (!user || !device) throw new Error("Anna has a device");
  circle.users.set(anna.userId, { ...user, devices: [], ended: [{ ...device, until: log.now }] });
  const healing = { groupInfo, seenEpoch: 1, known: knownIn({ devices: [anna.clientId, bert.clientId] }) };
  const refused = { outcome: "refused", reason: "not-permitted" };
  expect(await bert.e2ee.rejoin(log.room, healing, async () => "accepted")).toEqual(refused);
  // While her device stands the same tree is an owner's word.
  circle.users.set(anna.userId, user);
  expect(await bert.e2ee.rejoin(log.room, healing, async () => "accepted")).toMatchObject({
    outcome: "accepted",
  });
});

test("whoever a room was founded anew without brings nobody into the group that the log has named (M10, P9)", async () => {
  const circle = await makeCircle();
  const [anna, bert, mallory] = [
    await addOfficer(circle),
    await addOfficer(circle),
    await addOfficer(circle),
  ];
  const log = await makeRoom(circle, anna, [bert, mallory]);
  const groupId = groupIdOf(crypto.getRandomValues(new Uint8Array(32)));
  const fake = { ...log.room, groupId };
  const users = [{ userId: mallory.userId, role: "owner" as const }];
  const own = { ...fake, roles: { ...fake.roles, author: mallory.clientId, users } };
  await mallory.e2ee.foundRoom(own);
  const add = [{ clientId: bert.clientId, keyPackage: await oneKeyPackage(bert.e2ee) }];
  const made: CommitBundle[] = [];
  await mallory.e2ee.changeMembers(own, changeOf({ add, remove: [] }), async (bundle) => {
    made.push(copyOf(bundle));
    return "accepted";
  });
  const [bundle] = made;
  if (!bundle?.welcome) throw new Error("no Welcome");
  const known = { devices: [anna.clientId, bert.clientId], wished: [], former: [mallory.userId] };
  const refused = { outcome: "refused", reason: "not-permitted" };
  const { groupInfo, welcome, commit } = bundle;
  const healing = { groupInfo, seenEpoch: 0, known, replaces: log.room.groupId };
  expect(await bert.e2ee.rejoin(fake, healing, async () => "accepted")).toEqual(refused);
  const invitation = await invitationTo({ room: fake, chain: log.chain }, mallory, { welcome, commit });
  expect(await bert.e2ee.joinRoom(invitation, { replaces: log.room.groupId, leftOut: known })).toEqual(
    refused,
  );
});

const copyOf = ({ groupInfo, welcome, commit, ...rest }: CommitBundle): CommitBundle => ({
  ...rest,
  groupInfo: Uint8Array.from(groupInfo),
  commit: Uint8Array.from(commit),
  ...(welcome && { welcome: Uint8Array.from(welcome) }),
});
