/** Invitations: what is taken, and what a hostile member or server makes of them. */
import { fromHex, utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import { groupIdOf } from "@nimes/protocol/ids";
import {
  addForger,
  addProposal,
  decodeKeyPackage,
  type ForgedCommit,
  type Forger,
  followCommit,
  forgeCommit,
  forgeKeyPackage,
  foundForgedGroup,
  letForgerIn,
  suiteOf,
} from "@nimes/testing/e2ee/forger";
import {
  type Author,
  addToRoom,
  changeOf,
  invitationTo,
  joinFromLog,
  makeRoom,
  nextRoles,
  oneKeyPackage,
  open,
  send,
  submitTo,
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
  author: Author,
  { welcome, bytes }: Pick<ForgedCommit, "welcome" | "bytes">,
): Promise<Invitation> => invitationTo(log, author, { welcome: welcome ?? new Uint8Array(), commit: bytes });

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
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "joined", epoch: 2 });
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "already-joined" });
  expect((await victor.e2ee.devicesOf(log.room.groupId)).sort()).toEqual(devices.sort());
});

test("a member without the role invites nobody (M4)", async () => {
  const { victor, mallory, log } = await scene("member");
  const made = await inviteVictor(mallory, victor);
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-permitted" });
  expect(await victor.e2ee.epochOf(log.room.groupId)).toBeUndefined();
});

test("a leaf on no device chain in the Welcome's tree is refused, and an honest invitation still works (M2)", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const cem = await addOfficer(circle);
  const stranger = await forgeKeyPackage(cem.clientId);
  const further = [addProposal(stranger.publicPackage)];
  const made = await inviteVictor(mallory, victor, further);
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-on-chain" });
  expect(await victor.e2ee.epochOf(log.room.groupId)).toBeUndefined();
  await addToRoom(log, anna, [victor]);
  expect(await joinFromLog(log, victor)).toMatchObject({ outcome: "joined" });
});

test("a twin of an honest device in the Welcome's tree is refused (M2b)", async () => {
  const { anna, victor, mallory, log } = await scene();
  const twin = await forgeKeyPackage(anna.clientId);
  const made = await inviteVictor(mallory, victor, [addProposal(twin.publicPackage)]);
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "twin-leaf" });
});

test("a Welcome is its author's alone: signed by another device, for another Welcome, group or commit, it brings nobody in", async () => {
  const { anna, victor, mallory, log } = await scene("member");
  const made = await inviteVictor(mallory, victor);
  const honest = await invitationBy(log, mallory, made);
  const refused = (reason: string) => ({ outcome: "refused", reason });
  // Mallory's Welcome in the name of Anna, who may add people.
  const named = await invitationBy(log, { clientId: anna.clientId, device: mallory.device }, made);
  expect(await victor.e2ee.joinRoom(named)).toEqual(refused("unreadable"));
  const annas = await invitationBy(log, anna, { ...made, welcome: Uint8Array.of(0, 1, 0, 3, 0, 1) });
  expect(await victor.e2ee.joinRoom({ ...honest, proof: annas.proof })).toEqual(refused("unreadable"));
  const other = { ...log, room: { ...log.room, groupId: groupIdOf(sha256(utf8("another"))) } };
  const { proof } = await invitationBy(other, anna, made);
  expect(await victor.e2ee.joinRoom({ ...honest, proof })).toEqual(refused("wrong-room"));
  const spoilt = { ...honest.proof, payload: honest.proof.payload.subarray(1) };
  expect(await victor.e2ee.joinRoom({ ...honest, proof: spoilt })).toEqual(refused("unreadable"));
});

test("a Welcome of a device that has ended meanwhile brings nobody in", async () => {
  const { circle, victor, mallory, log } = await scene();
  const invitation = await invitationBy(log, mallory, await inviteVictor(mallory, victor));
  const user = circle.users.get(mallory.userId);
  const [device] = user?.devices ?? [];
  if (!user || !device) throw new Error("Mallory has a device");
  circle.users.set(mallory.userId, { ...user, devices: [], ended: [{ ...device, until: log.now }] });
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "unopened" });
  expect(await victor.e2ee.devicesOf(log.room.groupId)).toEqual([]);
  // Whose letter does not count has not even invited.
  circle.users.set(mallory.userId, { ...user, devices: [], revoked: [device] });
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-on-chain" });
});

test("a Welcome says who sent it and which commit it goes with", async () => {
  const { victor, mallory, log } = await scene();
  const made = await inviteVictor(mallory, victor);
  const joined = await victor.e2ee.joinRoom(await invitationBy(log, mallory, made));
  const devices = [...log.devices, victor.clientId];
  expect(joined).toMatchObject({
    outcome: "joined",
    author: mallory.clientId,
    commit: sha256(made.bytes),
    devices,
  });
});

test("a newcomer who is shown an older roles chain than the one in force does not come in", async () => {
  const { circle, anna, victor, log } = await scene();
  await nextRoles(circle, log, { by: anna, users: [{ userId: anna.userId, role: "owner" }] });
  await addToRoom(log, anna, [victor]);
  const invitation = log.invitations.get(victor.clientId);
  if (!invitation) throw new Error("Victor was invited");
  expect(await victor.e2ee.joinRoom({ ...invitation, roles: [log.roles] })).toEqual({
    outcome: "refused",
    reason: "wrong-room",
  });
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({
    outcome: "joined",
    room: { roles: { version: 2 } },
  });
});

test("whoever was in the room comes back by no older roles, by no others, and not by somebody whom it has seen go (M10, M14)", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const before = { ...log, chain: [...log.chain] };
  const made = await inviteVictor(mallory, victor);
  const old = await invitationBy(before, mallory, made);
  const refused = { outcome: "refused", reason: "wrong-room" };
  const former = [mallory.userId];
  const first = log.room.roles;
  expect(await victor.e2ee.joinRoom(old, { seen: { roles: first, former } })).toEqual(refused);
  const owner = { userId: anna.userId, role: "owner" } as const;
  await nextRoles(circle, log, { by: anna, users: [owner] });
  const demoted = { roles: log.room.roles, former: [] };
  expect(await victor.e2ee.joinRoom(old, { seen: demoted })).toEqual(refused);
  const other = { roles: { ...first, hash: sha256(first.hash) }, former: [] };
  expect(await victor.e2ee.joinRoom(old, { seen: other })).toEqual(refused);
  expect(await victor.e2ee.devicesOf(log.room.groupId)).toEqual([]);
  // Newer roles say what somebody may who has come back meanwhile.
  const users = [owner, { userId: mallory.userId, role: "moderator" as const }];
  await nextRoles(circle, log, { by: anna, users });
  const again = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(again, { seen: { ...demoted, former } })).toMatchObject({
    outcome: "joined",
    room: { roles: { version: 3 } },
  });
});

test("a moderator whom this device has seen go brings it back by no roles of their own making (M10, M14)", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const made = await inviteVictor(mallory, victor);
  const seen = { roles: log.room.roles, former: [mallory.userId] };
  // A moderator may sign who writes and who reads; here nothing changes at all.
  await nextRoles(circle, log, { by: mallory, users: log.room.roles.users });
  const invitation = await invitationBy(log, mallory, made);
  const refused = { outcome: "refused", reason: "wrong-room" };
  expect(await victor.e2ee.joinRoom(invitation, { seen })).toEqual(refused);
  // As well where the room goes on without Mallory, and this device is on its way into the new group.
  const leftOut = { devices: [anna.clientId], wished: [], former: [mallory.userId] };
  const replaces = groupIdOf(new Uint8Array(32));
  expect(await victor.e2ee.joinRoom(invitation, { seen, leftOut, replaces })).toEqual(refused);
});

test("whoever was shown roles that nobody else has comes back by an owner, whom those roles name, too", async () => {
  const { anna, victor, log } = await scene();
  await addToRoom(log, anna, [victor]);
  const { roles } = log.room;
  const seen = { roles: { ...roles, hash: sha256(roles.hash) }, former: [] };
  const invitation = log.invitations.get(victor.clientId);
  if (!invitation) throw new Error("Victor was invited");
  const refused = { outcome: "refused", reason: "wrong-room" };
  const newer = { ...seen, roles: { ...seen.roles, version: 2 } };
  expect(await victor.e2ee.joinRoom(invitation, { seen: newer })).toEqual(refused);
  const gone = { ...seen, former: [anna.userId] };
  expect(await victor.e2ee.joinRoom(invitation, { seen: gone })).toEqual(refused);
  expect(await victor.e2ee.joinRoom(invitation, { seen })).toMatchObject({ outcome: "joined" });
});

test("with the owner gone whoever follows takes the role first, and then invites", async () => {
  const { anna, victor, mallory, log, circle } = await scene("member");
  const bert = await addOfficer(circle);
  await addToRoom(log, anna, [bert]);
  await joinFromLog(log, bert);
  await followCommit(mallory, log.entries.at(-1));
  log.room = { ...log.room, leaving: [anna.userId] };
  const removal = changeOf({ add: [], remove: [anna.clientId] });
  expect(await bert.e2ee.changeMembers(log.room, removal, submitTo(log, bert))).toMatchObject({
    outcome: "accepted",
    removed: [anna.clientId],
    notPermitted: [],
  });
  await followCommit(mallory, log.entries.at(-1));
  log.room = { ...log.room, leaving: [] };
  // Mallory has been there longer than Bert.
  expect(await addToRoom(log, bert, [victor])).toMatchObject({
    outcome: "nothing",
    notPermitted: [victor.clientId],
  });
  const made = await inviteVictor(mallory, victor);
  const early = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(early)).toEqual({ outcome: "refused", reason: "not-permitted" });
  await nextRoles(circle, log, { by: mallory, users: [{ userId: mallory.userId, role: "owner" }] });
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "joined" });
});

test("roles of another room are refused", async () => {
  const { circle, anna, victor, mallory, log } = await scene();
  const other = await makeRoom(circle, anna, []);
  const made = await inviteVictor(mallory, victor);
  const honest = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom({ ...honest, roles: [other.roles] })).toEqual({
    outcome: "refused",
    reason: "wrong-room",
  });
  const renamed = { ...honest, roomId: other.room.roomId, roles: [other.roles] };
  expect(await victor.e2ee.joinRoom(renamed)).toEqual({ outcome: "refused", reason: "wrong-room" });
});

test("a second group that a member founds under the room's id reaches nobody who is in the room (M14)", async () => {
  const { anna, victor, mallory, log } = await scene("member");
  await addToRoom(log, anna, [victor]);
  await joinFromLog(log, victor);
  const second = { ...mallory, state: await foundForgedGroup(mallory, fromHex(log.room.roomId)) };
  const made = await inviteVictor(second, victor);
  const before = await victor.e2ee.devicesOf(log.room.groupId);
  const byMallory = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(byMallory)).toEqual({ outcome: "refused", reason: "not-permitted" });
  const byAnna = await invitationBy(log, anna, made);
  expect(await victor.e2ee.joinRoom(byAnna)).toMatchObject({ outcome: "already-joined" });
  expect(await victor.e2ee.devicesOf(log.room.groupId)).toEqual(before);
  const sent = await send(log, anna, ["im richtigen Raum"]);
  expect((await open(log, victor, sent)).map(summary)).toEqual(["im richtigen Raum"]);
});

test("a second group that a member founds under the room's id is refused by who is not in the room (M14)", async () => {
  const { anna, victor, mallory, log } = await scene("member");
  const second = { ...mallory, state: await foundForgedGroup(mallory, fromHex(log.room.roomId)) };
  const made = await inviteVictor(second, victor);
  // The honest owner never signed it, and is not in that tree either.
  for (const author of [mallory, anna])
    expect(await victor.e2ee.joinRoom(await invitationBy(log, author, made))).toEqual({
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
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "not-permitted" });
});

test("a Welcome of another cipher suite is refused (M11)", async () => {
  const { victor, mallory, log } = await scene();
  const suite = await suiteOf("MLS_128_DHKEMP256_AES128GCM_SHA256_P256");
  const other = { ...mallory, suite, keys: await forgeKeyPackage(mallory.clientId, { suite }) };
  const state = await foundForgedGroup(other, fromHex(log.room.roomId));
  const guest = await forgeKeyPackage(victor.clientId, { suite });
  const made = await forgeCommit({ ...other, state }, [addProposal(guest.publicPackage)]);
  const invitation = await invitationBy(log, mallory, made);
  expect(await victor.e2ee.joinRoom(invitation)).toEqual({ outcome: "refused", reason: "cipher-suite" });
});

test("a Welcome for somebody else, cut, or no Welcome at all brings nobody in (M9)", async () => {
  const { circle, victor, mallory, log } = await scene();
  const cem = await addOfficer(circle);
  const made = await inviteVictor(mallory, cem);
  const honest = await invitationBy(log, mallory, made);
  const refused = (reason: string) => ({ outcome: "refused", reason });
  expect(await victor.e2ee.joinRoom(honest)).toMatchObject({ outcome: "unopened", author: mallory.clientId });
  const { bytes } = made;
  expect(await victor.e2ee.joinRoom({ ...honest, welcome: bytes })).toEqual(refused("header"));
  const cut = honest.welcome.subarray(0, honest.welcome.byteLength - 5);
  const signed = await invitationBy(log, mallory, { ...made, welcome: cut });
  expect(await cem.e2ee.joinRoom({ ...honest, welcome: cut })).toEqual(refused("unreadable"));
  expect(await cem.e2ee.joinRoom(signed)).toMatchObject({ outcome: "unopened" });
  expect(await victor.e2ee.joinRoom({ ...honest, welcome: new Uint8Array() })).toEqual(refused("unreadable"));
  for (const one of [victor, cem]) expect(await one.e2ee.devicesOf(log.room.groupId)).toEqual([]);
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
