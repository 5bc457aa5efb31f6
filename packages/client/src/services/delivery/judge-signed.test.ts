/** Signed entries that were fine once, or come from a phone that is out: what they change now. */
import { makeRefounding } from "@nimes/e2ee/chains/make-refounding";
import { makeNextRoles, makeRoomRoles } from "@nimes/e2ee/chains/make-room-roles";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import { fromHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import { type ClientId, groupIdOf, newSubmissionId, parseClientId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomLeave } from "@nimes/protocol/signed/room-leave";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import { granted, makeCircle, type TestCircle } from "@nimes/testing/e2ee/test-device";
import {
  activateDevice,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
} from "@nimes/testing/organisation";
import { expect, test } from "vitest";
import { applyEntries } from "../../core/apply-entries.ts";
import { movedRoom } from "../../core/move-room.ts";
import { planMembers } from "../../core/plan-members.ts";
import { foundedRoom, type RoomRecord, roomOf } from "../../core/room-record.ts";
import { newSender } from "../../core/sender-check.ts";
import { judgeSigned } from "./judge-signed.ts";

async function addOfficer(circle: TestCircle) {
  const letter = await enrolOfficer(circle.organisation);
  const phone = await activateDevice(letter);
  const user = granted(await verifyUser(circle.verified, directoryEntryOf(letter, phone)));
  circle.users.set(letter.userId, user);
  return { ...phone, userId: letter.userId };
}

/** Anna is the owner; Bernd looks. */
async function scene() {
  const circle = await makeCircle();
  const [anna, bernd] = [await addOfficer(circle), await addOfficer(circle)];
  const { madeAt: time } = circle.organisation;
  const author = { author: anna.clientId, device: anna.device };
  const { roomId, roles } = await makeRoomRoles({ kind: "group", ...author, others: [], time });
  const founded = foundedRoom({
    roomId,
    roles: granted(await verifyRoles([roles], circle.directory)),
    signedRoles: [roles],
    standing: { state: "member" },
    since: time,
    self: bernd.clientId,
    name: "Lage",
    pending: [],
  });
  const room: RoomRecord = { ...founded, devices: [anna.clientId, bernd.clientId], cursor: 5 };
  const judge = (
    now: RoomRecord,
    kind: "roles" | "refound" | "leave",
    signed: Signed,
    sequence = now.cursor + 1,
  ) => {
    const bytes = encodeCbor(signed);
    const submissionId = newSubmissionId();
    const entry: FullEntry = { sequence, kind, epoch: 1, sender: anna.clientId, submissionId, time, bytes };
    return judgeSigned(now, entry, { directory: circle.directory, isFresh: true, latestTime: time });
  };
  return { circle, anna, bernd, author, room, roles, judge, time };
}
function orgOf(clientId: ClientId): RoomLeave["orgId"] {
  const parsed = parseClientId(clientId);
  if (!parsed) throw new Error("no client id");
  return parsed.orgId;
}
const refused = { outcome: { outcome: "refused" } };

test("a phone that was replaced and is out of the tree gives no roles, also where a server lets it (D4)", async () => {
  const { circle, anna, bernd, author, room, roles, judge, time } = await scene();
  const letter = await enrolAgain(anna.letter, { validFrom: time + 1 });
  const phone = await activateDevice(letter, { time: time + 2 });
  const entry = { ...directoryEntryOf(letter, phone, 2), former: [generationOf(anna.letter, anna)] };
  const user = granted(await verifyUser(circle.verified, entry));
  expect(user.ended).toHaveLength(1);
  circle.users.set(anna.userId, user);
  const users = [anna.userId, bernd.userId].map((userId) => ({ userId, role: "owner" as const }));
  const signed = await makeNextRoles(roles, { ...author, users, time });
  expect(await judge(room, "roles", signed)).toMatchObject({ outcome: { outcome: "roles" } });
  const after = { ...room, devices: [phone.clientId, bernd.clientId] };
  expect(await judge(after, "roles", signed)).toMatchObject(refused);
});

test("roles are judged by the tree of the log, which an own removal on its way has not changed", async () => {
  const { anna, bernd, author, room, roles, judge, time } = await scene();
  const users = [anna.userId, bernd.userId].map((userId) => ({ userId, role: "owner" as const }));
  const signed = await makeNextRoles(roles, { ...author, users, time });
  const own = {
    submissionId: newSubmissionId(),
    submission: { kind: "application" as const, epoch: 1, bytes: new Uint8Array() },
    hash: new Uint8Array(32),
    epoch: 1,
    before: room.devices,
  };
  const ahead = { ...room, devices: [bernd.clientId], logEpoch: 1, ownCommits: [own] };
  expect(await judge(ahead, "roles", signed)).toMatchObject({ outcome: { outcome: "roles" } });
});

test("a refounding by somebody who is not there is refused in their name, whatever roles they know; one that answers the last refounding counts (F14)", async () => {
  const { circle, bernd, anna, author, room, judge, time } = await scene();
  const clara = await addOfficer(circle);
  const sign = (by: { author: ClientId; device: Signer }, version = 1) =>
    makeRefounding({
      room: { roomId: room.roomId, roles: { ...room.roles, version } },
      groupId: groupIdOf(new Uint8Array(32).fill(2)),
      answers: { sequence: 5, digest: new Uint8Array(32) },
      without: null,
      ...by,
      time,
    });
  const hers = { author: clara.clientId, device: clara.device };
  for (const version of [1, 2])
    expect(await judge(room, "refound", await sign(hers, version))).toMatchObject({
      outcome: { outcome: "refused", by: clara.clientId },
    });
  // Whoever is there may not know better: nobody goes on without them.
  const his = { author: bernd.clientId, device: bernd.device };
  for (const signed of [await sign(his), await sign(author, 2)]) {
    const judged = await judge(room, "refound", signed);
    expect(judged).toMatchObject(refused);
    expect(judged).not.toHaveProperty("outcome.by");
  }
  const behind = { ...room, refounded: 5 };
  expect(await judge(behind, "refound", await sign(author))).toMatchObject({
    outcome: { outcome: "refounded", author: anna.clientId },
  });
});

test("behind a restored backup no leaving counts from before this device came; who came earlier takes it (M6, F14)", async () => {
  const { bernd, room, judge, time } = await scene();
  const leave: RoomLeave = {
    ...{ roomId: room.roomId, groupId: fromHex(room.groupId), epoch: 2, device: bernd.clientId, time },
    ...{ orgId: orgOf(bernd.clientId), nonce: new Uint8Array(16) },
  };
  const signed = await signStructure("RoomLeave", leave, [bernd.device]);
  const entry = { sequence: 5, digest: new Uint8Array(32), epoch: 2, since: 0 };
  const stand = { groupId: room.groupId, epoch: 2 };
  const behind = { ...room, stand, trouble: { kind: "rewound" as const, entry } };
  expect(await judge({ ...behind, joinedEpoch: 3 }, "leave", signed)).toMatchObject(refused);
  expect(await judge({ ...behind, joinedEpoch: 2 }, "leave", signed)).toMatchObject({
    outcome: { outcome: "leave", leaving: sha256(signed.payload) },
  });
});

test("a refounding counts once: shown again, it leads nobody back into the group of then (M6)", async () => {
  const { anna, bernd, author, room, judge, time } = await scene();
  const groupOf = (digit: number) => groupIdOf(new Uint8Array(32).fill(digit));
  const sign = (groupId: ReturnType<typeof groupOf>, sequence: number) =>
    makeRefounding({
      room: roomOf(room),
      groupId,
      answers: { sequence, digest: new Uint8Array(32) },
      without: null,
      ...author,
      time,
    });
  const first = await sign(groupOf(2), 5);
  const never = await sign(groupOf(4), 5);
  const judged = await judge(room, "refound", first);
  if ("doubt" in judged) throw new Error("Anna is known");
  const knowledge = {
    self: bernd.clientId as ClientId,
    knownMessage: () => undefined,
    messageAt: () => undefined,
    ownAt: () => undefined,
    hashAt: () => undefined,
    isKnownBytes: () => false,
    isEnded: () => false,
    receivedAt: time,
    latestTime: time,
  };
  const moved = applyEntries(room, [judged], knowledge).room;
  expect(moved.trouble).toMatchObject({ kind: "moved", groupId: groupOf(2) });
  const { trouble: _, ...gone } = { ...moved, groupId: groupOf(3), cursor: 11 };
  // Neither the one that was taken, nor another that was signed then and kept back.
  for (const old of [first, never]) expect(await judge(gone, "refound", old)).toMatchObject(refused);
  const next = await sign(groupOf(5), 11);
  expect(await judge(gone, "refound", next)).toMatchObject({ outcome: { author: anna.clientId } });
});

/** Anna's room with the moderators Bernd and Cem and with Dora; Dora looks, and Cem has founded it anew. */
async function refounded(options: { without?: "anna"; there: ("cem" | "dora" | "anna")[] }) {
  const circle = await makeCircle();
  const people = {
    anna: await addOfficer(circle),
    bernd: await addOfficer(circle),
    cem: await addOfficer(circle),
    dora: await addOfficer(circle),
  };
  const { anna, bernd, cem, dora } = people;
  const { madeAt: time } = circle.organisation;
  const others = [bernd, cem].map(({ userId }) => ({ userId, role: "moderator" as const }));
  const author = { author: anna.clientId, device: anna.device };
  const { roomId, roles } = await makeRoomRoles({ kind: "group", ...author, others, time });
  const founded = foundedRoom({
    roomId,
    roles: granted(await verifyRoles([roles], circle.directory)),
    signedRoles: [roles],
    standing: { state: "member" },
    since: time,
    self: dora.clientId,
    name: "Lage",
    pending: [],
  });
  const devices = Object.values(people).map(({ clientId }) => clientId);
  const room: RoomRecord = { ...founded, devices, cursor: 5, lastTime: time };
  const judge = (now: RoomRecord, entry: Pick<FullEntry, "kind" | "bytes"> & { at?: number }) => {
    const { at = time, ...part } = entry;
    const whole = { sequence: now.cursor + 1, epoch: 1, sender: cem.clientId, time: at, ...part };
    const judging = { directory: circle.directory, isFresh: true, latestTime: Number.MAX_SAFE_INTEGER };
    return judgeSigned(now, { ...whole, submissionId: newSubmissionId() }, judging);
  };
  const groupId = groupIdOf(new Uint8Array(32).fill(9));
  const signed = await makeRefounding({
    room: roomOf(room),
    groupId,
    answers: { sequence: 5, digest: new Uint8Array(32) },
    without: options.without ? anna.clientId : null,
    author: cem.clientId,
    device: cem.device,
    time,
  });
  const judged = await judge(room, { kind: "refound", bytes: encodeCbor(signed) });
  if ("doubt" in judged) throw new Error("Cem is known");
  const knowledge = {
    self: dora.clientId,
    knownMessage: () => undefined,
    messageAt: () => undefined,
    ownAt: () => undefined,
    hashAt: () => undefined,
    isKnownBytes: () => false,
    isEnded: () => false,
    receivedAt: time,
    latestTime: time,
  };
  const moved = applyEntries(room, [judged], knowledge).room;
  if (moved.trouble?.kind !== "moved") throw new Error("the room goes on in another group");
  const tree = options.there.map((name) => people[name].clientId);
  const { without } = moved.trouble;
  const move = { groupId, devices: tree, joinedEpoch: 1, logEpoch: 1, ownCommits: [], senders: {}, without };
  const after = movedRoom(moved, move, () => false);
  const lead = await makeNextRoles(roles, {
    author: cem.clientId,
    device: cem.device,
    users: [{ userId: cem.userId, role: "owner" }],
    time,
  });
  const takesLead = (at: number) => judge(after, { kind: "roles", bytes: encodeCbor(lead), at });
  return { ...people, time, after, takesLead };
}
const month = 30 * 24 * 60 * 60_000;

test("a moderator who founds a room anew without the owner takes no lead, for as long as a phone may be away", async () => {
  const { time, takesLead, anna, bernd, after } = await refounded({ there: ["cem", "dora"] });
  expect(after.awaited?.devices).toEqual([anna.clientId, bernd.clientId]);
  expect(await takesLead(time + month)).toMatchObject(refused);
  expect(await takesLead(time + month + 1)).toMatchObject({ outcome: { outcome: "roles" } });
});

test("whoever is left out without a reason that is seen is missing like others: awaited, and brought back", async () => {
  const { time, takesLead, anna, bernd, dora, after } = await refounded({
    without: "anna",
    there: ["cem", "dora"],
  });
  expect(after.leftOut).toEqual([anna.clientId, bernd.clientId]);
  expect(await takesLead(time)).toMatchObject(refused);
  // By whoever was there from the beginning, with a role or without.
  const tree = { devices: after.devices, isEnded: () => false, isOver: () => false };
  expect(planMembers(after, dora.clientId, tree).claim).toEqual([anna.userId, bernd.userId]);
  expect(planMembers({ ...after, joinedEpoch: 2 }, dora.clientId, tree).claim).toEqual([]);
  // They would not come to strangers whom nobody brought in who may.
  const came = { ...after, senders: { [dora.clientId]: newSender(7) } };
  expect(planMembers(came, dora.clientId, tree).claim).toEqual([]);
});

test("where the owner is in the new group, only those who are not are awaited", async () => {
  const { time, takesLead, bernd, after } = await refounded({ there: ["cem", "dora", "anna"] });
  expect(after.awaited?.devices).toEqual([bernd.clientId]);
  expect(await takesLead(time + month + 1)).toMatchObject(refused);
});
