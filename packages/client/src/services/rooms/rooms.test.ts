/** Which Welcomes bring a device into a room that it knows. */
import { sha256 } from "@nimes/protocol/hash";
import { groupIdOf } from "@nimes/protocol/ids";
import { itemOf, roomsOf } from "@nimes/testing/client/rooms-of";
import { appendCommit } from "@nimes/testing/e2ee/forger";
import { knownIn, refoundRoom } from "@nimes/testing/e2ee/recovery";
import { invitationTo, makeRoom } from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { RoomRecord } from "../../core/room-record.ts";
import { foundedRoom } from "../../core/room-record.ts";

const someGroup = () => groupIdOf(crypto.getRandomValues(new Uint8Array(32)));

/** Bert came into the room that was founded anew by that Welcome, and was taken out later. */
async function refoundedOnce() {
  const circle = await makeCircle();
  const [anna, bert, cem] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const log = await makeRoom(circle, anna, [bert, cem]);
  const { room: first } = log;
  const known = knownIn(log);
  const answers = appendCommit(log, cem, new Uint8Array(40), log.devices);
  const { signed } = await refoundRoom(log, anna, [bert, cem], { answers });
  const invitation = log.invitations.get(bert.clientId);
  if (!signed || !invitation) throw new Error("not founded anew");
  const commit = sha256(signed.payload);
  const refounding = { author: anna.clientId, commit, known };
  const joined = await bert.e2ee.joinRoom(invitation, { replaces: first.groupId, refounding });
  if (joined.outcome !== "joined") throw new Error(joined.outcome);
  const record: RoomRecord = {
    ...foundedRoom({
      roomId: first.roomId,
      roles: first.roles,
      signedRoles: [...log.chain],
      standing: { state: "left" },
      self: bert.clientId,
      name: "Lage",
      pending: [],
      since: 0,
    }),
    groupId: log.room.groupId,
    cursor: 20,
    devices: [],
    refounded: 3,
    stand: { groupId: log.room.groupId, epoch: 1 },
  };
  const item = itemOf(invitation, { committer: anna.clientId, devices: log.devices });
  return { circle, bert, commit, record, item };
}

test("the Welcome of a refounding that is shown again brings nobody back who was taken out (M10)", async () => {
  const { circle, bert, commit, record, item } = await refoundedOnce();
  const { join, entered } = roomsOf(circle, bert, { record, log: [commit] });
  await join([item]);
  expect(entered).toEqual([]);
});

test("into a group that the log has gone on from no Welcome brings anybody (M10)", async () => {
  const { circle, bert, record, item } = await refoundedOnce();
  const stand = { groupId: someGroup(), epoch: 1 };
  const gone: RoomRecord = { ...record, stand, leftGroups: [record.groupId] };
  const { join, entered } = roomsOf(circle, bert, { record: gone });
  await join([item]);
  expect(entered).toEqual([]);
});

test("a Welcome that its author has signed for the group of another room brings nobody into a room that has its people (P9)", async () => {
  const circle = await makeCircle();
  const [anna, bert, mallory] = [
    await addOfficer(circle),
    await addOfficer(circle),
    await addOfficer(circle),
  ];
  const { room, chain } = await makeRoom(circle, anna, [bert, mallory]);
  const devices = await bert.e2ee.devicesOf(room.groupId);
  const record: RoomRecord = {
    ...foundedRoom({
      roomId: room.roomId,
      roles: room.roles,
      signedRoles: chain,
      standing: { state: "member" },
      self: bert.clientId,
      name: "Lage",
      pending: [],
      since: 0,
    }),
    devices,
  };
  // There Mallory leads, and would add and remove people in the group that Anna leads.
  const own = await makeRoom(circle, mallory, []);
  const sent = { welcome: Uint8Array.of(0, 1, 0, 3, 0, 1), commit: new Uint8Array(40) };
  const { groupId } = room;
  const invitation = await invitationTo({ ...own, room: { ...own.room, groupId } }, mallory, sent);
  const { join, entered, records } = roomsOf(circle, bert, { record });
  await join([itemOf(invitation, { committer: mallory.clientId, devices })]);
  expect(entered).toEqual([]);
  expect([...records.values()]).toEqual([record]);
});
