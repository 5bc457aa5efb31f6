/**
 * Any server can make a device lose its place, and then shows it what it likes from before its return. Who leads by the roles
 * counts as there then, and nobody who is known to have gone or ended (P9).
 */
import { makeRefounding } from "@nimes/e2ee/chains/make-refounding";
import { makeNextRoles, makeRoomRoles } from "@nimes/e2ee/chains/make-room-roles";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { groupIdOf, newSubmissionId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { knowledge } from "@nimes/testing/client/room";
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
import { foundedRoom, type RoomRecord, roomOf } from "../../core/room-record.ts";
import { judgeSigned } from "./judge-signed.ts";

async function addPhone(circle: TestCircle) {
  const letter = await enrolOfficer(circle.organisation);
  const phone = await activateDevice(letter);
  circle.users.set(
    letter.userId,
    granted(await verifyUser(circle.verified, directoryEntryOf(letter, phone))),
  );
  return { ...phone, letter, userId: letter.userId };
}

/** The room of the owners Anna and Clara, as Bernd has it who came back behind the log, into a tree without Anna. */
async function scene() {
  const circle = await makeCircle();
  const [anna, bernd] = [await addPhone(circle), await addPhone(circle)];
  const [clara, mallory] = [await addPhone(circle), await addPhone(circle)];
  const time = circle.organisation.madeAt;
  const author = { author: anna.clientId, device: anna.device };
  const owner = ({ userId }: { userId: typeof clara.userId }) => ({ userId, role: "owner" as const });
  const { roles } = await makeRoomRoles({ kind: "group", ...author, others: [owner(clara)], time });
  const founded = foundedRoom({
    roomId: granted(await verifyRoles([roles], circle.directory)).roomId,
    roles: granted(await verifyRoles([roles], circle.directory)),
    signedRoles: [roles],
    standing: { state: "member" },
    since: time,
    self: bernd.clientId,
    name: "Lage",
    pending: [],
  });
  const healed: RoomRecord = {
    ...founded,
    devices: [bernd, clara, mallory].map(({ clientId }) => clientId),
    cursor: 5,
    lastTime: time,
    stand: { ...founded.stand, epoch: 3 },
    joinedEpoch: 4,
  };
  const signed = await makeNextRoles(roles, { ...author, users: [clara, mallory].map(owner), time });
  const judge = (room: RoomRecord, kind: "roles" | "refound", by: Signed, at = time) => {
    const place = { sequence: room.cursor + 1, epoch: 3, submissionId: newSubmissionId(), time: at };
    const entry: FullEntry = { ...place, kind, sender: anna.clientId, bytes: encodeCbor(by) };
    return judgeSigned(room, entry, {
      directory: circle.directory,
      isFresh: true,
      latestTime: Number.MAX_SAFE_INTEGER,
    });
  };
  return { circle, anna, bernd, clara, author, judge, time, healed, signed };
}
const refused = { outcome: { outcome: "refused" } };
const later = 9_000_000;

test("an owner who has decided, and whose going this device has not seen, counts as there", async () => {
  const { judge, healed, signed } = await scene();
  expect(await judge(healed, "roles", signed)).toMatchObject({ outcome: { outcome: "roles" } });
  // Not where it sees who is there.
  expect(await judge({ ...healed, joinedEpoch: 3 }, "roles", signed)).toMatchObject(refused);
});

test("an owner whom it has seen go decides nothing more, and founds nothing anew", async () => {
  const { anna, author, judge, healed, signed, time } = await scene();
  const gone = { ...healed, former: [anna.userId] };
  expect(await judge(gone, "roles", signed)).toMatchObject(refused);
  const refounding = await makeRefounding({
    room: roomOf(gone),
    groupId: groupIdOf(new Uint8Array(32).fill(2)),
    answers: { sequence: 5, digest: new Uint8Array(32) },
    without: null,
    ...author,
    time,
  });
  expect(await judge(gone, "refound", refounding)).toMatchObject(refused);
});

test("an owner's phone that had ended by then decides nothing", async () => {
  const { circle, anna, judge, healed, signed, time } = await scene();
  const letter = await enrolAgain(anna.letter, { validFrom: time + 1 });
  const phone = await activateDevice(letter, { time: time + 2 });
  const entry = { ...directoryEntryOf(letter, phone, 2), former: [generationOf(anna.letter, anna)] };
  circle.users.set(anna.userId, granted(await verifyUser(circle.verified, entry)));
  expect(await judge(healed, "roles", signed, time + later)).toMatchObject(refused);
});

test("an owner who is nobody any more decides nothing", async () => {
  const { circle, anna, judge, healed, signed, time } = await scene();
  const user = circle.users.get(anna.userId);
  if (!user) throw new Error("Anna is somebody");
  circle.users.set(anna.userId, { ...user, validUntil: time + 1 });
  expect(await judge(healed, "roles", signed, time + later)).toMatchObject(refused);
});

test("an owner whose leaving it reads behind its return has gone, also behind the next commit", async () => {
  const { anna, bernd, clara, judge, healed, signed } = await scene();
  const place = { epoch: 2, sender: clara.clientId, time: 1_000, bytes: new Uint8Array(9) };
  const entry = (sequence: number, kind: "leave" | "commit"): FullEntry => ({
    ...place,
    sequence,
    kind,
    submissionId: newSubmissionId(),
  });
  const { devices } = healed;
  const knows = { ...knowledge, self: bernd.clientId };
  const leave = { outcome: "leave", userId: anna.userId, leaving: new Uint8Array(32) } as const;
  const { room: left } = applyEntries(healed, [{ entry: entry(6, "leave"), outcome: leave }], knows);
  const commit = { outcome: "commit", sequence: 7, epoch: 4, devices } as const;
  const { room: on } = applyEntries(
    left,
    [{ entry: entry(7, "commit"), outcome: { ...commit, devices: [...devices] } }],
    knows,
  );
  expect(on.former).toEqual([anna.userId]);
  expect(await judge(on, "roles", signed)).toMatchObject(refused);
});
