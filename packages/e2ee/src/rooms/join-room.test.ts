/** Invitations: what is taken, and what a hostile member or server makes of them. */
import { fromHex } from "@nimes/protocol/bytes";
import type { ClientId } from "@nimes/protocol/ids";
import {
  addForger,
  addProposal,
  decodeKeyPackage,
  type ForgedCommit,
  type Forger,
  forgeCommit,
  forgeKeyPackage,
  foundForgedGroup,
  letForgerIn,
  suiteOf,
} from "@nimes/testing/e2ee/forger";
import {
  addToRoom,
  joinFromLog,
  makeRoom,
  oneKeyPackage,
  open,
  send,
  summary,
  type TestRoom,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { Invitation } from "../e2ee.ts";

/** A room of Anna and the moderator Mallory, and Victor, whom nobody has added. */
async function scene(role: "member" | "moderator" = "moderator") {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const victor = await addOfficer(circle);
  const mallory = await addForger(circle);
  const roles = role === "moderator" ? [{ userId: mallory.userId, role }] : [];
  const log = await makeRoom(circle, anna, [], { roles });
  await letForgerIn(log, anna, mallory);
  return { circle, anna, victor, mallory, log };
}

const invitationBy = (
  log: TestRoom,
  committer: ClientId,
  { welcome }: Pick<ForgedCommit, "welcome">,
  devices: ClientId[],
): Invitation => ({
  roomId: log.room.roomId,
  welcome: welcome ?? new Uint8Array(),
  roles: [log.roles],
  devices,
  committer,
});

/** Victor is invited by Mallory's commit with these further proposals. */
async function inviteVictor(
  mallory: Forger,
  victor: TestOfficer,
  further: Parameters<typeof forgeCommit>[1] = [],
) {
  const keyPackage = decodeKeyPackage(await oneKeyPackage(victor.e2ee));
  return forgeCommit(mallory, [addProposal(keyPackage), ...further]);
}

test("a moderator's invitation is taken, and the same one again changes nothing", async () => {
  const { victor, mallory, log } = await scene();
  const made = await inviteVictor(mallory, victor);
  const devices = [...log.devices, victor.clientId];
  const invitation = invitationBy(log, mallory.clientId, made, devices);
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "joined", epoch: 2 });
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "already-joined" });
  expect((await victor.e2ee.devicesOf(log.room.roomId)).sort()).toEqual(devices.sort());
});

test("a member without the role invites nobody (M4)", async () => {
  const { victor, mallory, log } = await scene("member");
  const made = await inviteVictor(mallory, victor);
  const invitation = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-permitted" });
  expect(await victor.e2ee.epochOf(log.room.roomId)).toBeUndefined();
});

test("a leaf on no device chain in the Welcome's tree is refused, and an honest invitation still works (M2)", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const cem = await addOfficer(circle);
  const stranger = await forgeKeyPackage(cem.clientId);
  const further = [addProposal(stranger.publicPackage)];
  const made = await inviteVictor(mallory, victor, further);
  const devices = [...log.devices, victor.clientId, cem.clientId];
  const invitation = invitationBy(log, mallory.clientId, made, devices);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-on-chain" });
  expect(await victor.e2ee.epochOf(log.room.roomId)).toBeUndefined();
  await addToRoom(log, anna, [victor]);
  expect(await joinFromLog(log, victor)).toMatchObject({ outcome: "joined" });
});

test("a twin of an honest device in the Welcome's tree is refused (M2b)", async () => {
  const { anna, victor, mallory, log } = await scene();
  const twin = await forgeKeyPackage(anna.clientId);
  const made = await inviteVictor(mallory, victor, [addProposal(twin.publicPackage)]);
  const invitation = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "twin-leaf" });
});

test("a device list beside the Welcome that is not the tree's is refused", async () => {
  const { victor, mallory, log } = await scene();
  const made = await inviteVictor(mallory, victor);
  for (const devices of [
    log.devices,
    [...log.devices, victor.clientId, victor.clientId],
    [victor.clientId],
  ]) {
    const invitation = invitationBy(log, mallory.clientId, made, devices);
    expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "device-list" });
  }
});

test("roles of another room are refused", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const other = await makeRoom(circle, anna, []);
  const made = await inviteVictor(mallory, victor);
  const honest = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  expect(await victor.e2ee.joinRoom({ ...honest, roles: [other.roles] })).toEqual({
    outcome: "refused",
    reason: "wrong-room",
  });
  const renamed = { ...honest, roomId: other.room.roomId, roles: [other.roles], committer: anna.clientId };
  expect(await victor.e2ee.joinRoom(renamed)).toEqual({ outcome: "refused", reason: "wrong-room" });
});

test("a second group that a member founds under the room's id reaches nobody who is in the room (M14)", async () => {
  const { anna, victor, mallory, log } = await scene("member");
  await addToRoom(log, anna, [victor]);
  await joinFromLog(log, victor);
  const second = { ...mallory, state: await foundForgedGroup(mallory, fromHex(log.room.roomId)) };
  const made = await inviteVictor(second, victor);
  const devices = [mallory.clientId, victor.clientId];
  const invitation = invitationBy(log, anna.clientId, made, devices);
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "already-joined" });
  const sent = await send(log, anna, ["im richtigen Raum"]);
  expect((await open(log, victor, sent)).map(summary)).toEqual(["im richtigen Raum"]);
});

test("a second group that a member founds under the room's id is refused by who is not in the room (M14)", async () => {
  const { anna, victor, mallory, log } = await scene("member");
  const second = { ...mallory, state: await foundForgedGroup(mallory, fromHex(log.room.roomId)) };
  const made = await inviteVictor(second, victor);
  const devices = [mallory.clientId, victor.clientId];
  for (const committer of [mallory.clientId, anna.clientId])
    expect(await victor.e2ee.joinRoom(invitationBy(log, committer, made, devices))).toEqual({
      outcome: "refused",
      reason: "not-permitted",
    });
});

test("a third user in a direct room is refused by whoever is welcomed to it (M4)", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const victor = await addOfficer(circle);
  const mallory = await addForger(circle);
  const log = await makeRoom(circle, anna, [], {
    kind: "direct",
    roles: [{ userId: mallory.userId, role: "owner" }],
  });
  await letForgerIn(log, anna, mallory);
  const made = await inviteVictor(mallory, victor);
  const invitation = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-permitted" });
});

test("a Welcome of another cipher suite is refused (M11)", async () => {
  const { victor, mallory, log } = await scene();
  const suite = await suiteOf("MLS_128_DHKEMP256_AES128GCM_SHA256_P256");
  const other = { ...mallory, suite, keys: await forgeKeyPackage(mallory.clientId, { suite }) };
  const state = await foundForgedGroup(other, fromHex(log.room.roomId));
  const guest = await forgeKeyPackage(victor.clientId, { suite });
  const made = await forgeCommit({ ...other, state }, [addProposal(guest.publicPackage)]);
  const invitation = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "cipher-suite" });
});

test("a Welcome for somebody else, cut, or no Welcome at all is refused (M9)", async () => {
  const { circle, victor, mallory, log } = await scene();
  const cem = await addOfficer(circle);
  const made = await inviteVictor(mallory, cem);
  const honest = invitationBy(log, mallory.clientId, made, [...log.devices, victor.clientId]);
  const refused = (reason: string) => ({ outcome: "refused", reason });
  expect(await victor.e2ee.joinRoom(honest)).toEqual(refused("unreadable"));
  const { bytes } = made;
  expect(await victor.e2ee.joinRoom({ ...honest, welcome: bytes })).toEqual(refused("header"));
  const cut = honest.welcome.subarray(0, honest.welcome.byteLength - 5);
  expect(await cem.e2ee.joinRoom({ ...honest, welcome: cut })).toEqual(refused("unreadable"));
  expect(await victor.e2ee.joinRoom({ ...honest, welcome: new Uint8Array() })).toEqual(refused("unreadable"));
});

test("where a chain is missing nothing happens until it is there, and where it cannot be had the invitation is refused", async () => {
  const { circle, anna, mallory, log } = await scene();
  const known = { state: "hidden" as "hidden" | "unprovable" | "known" };
  const careful = await addOfficer(circle, {
    directory: (userId) => {
      if (userId !== mallory.userId || known.state === "known") return circle.users.get(userId);
      return known.state === "unprovable" ? "unprovable" : undefined;
    },
  });
  await addToRoom(log, anna, [careful]);
  expect(await joinFromLog(log, careful)).toEqual({ outcome: "chain-missing", userIds: [mallory.userId] });
  known.state = "unprovable";
  expect(await joinFromLog(log, careful)).toEqual({ outcome: "refused", reason: "not-on-chain" });
  known.state = "known";
  expect(await joinFromLog(log, careful)).toMatchObject({ outcome: "joined" });
});
