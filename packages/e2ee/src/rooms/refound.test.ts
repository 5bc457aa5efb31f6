/** Refounding: a room that cannot go on in its group goes on in a new one, with the people it had (M16). */
import { decodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import {
  addForger,
  addProposal,
  appendCommit,
  forgeCommit,
  forgeKeyPackage,
  forgeSpoiltCommit,
  letForgerIn,
} from "@nimes/testing/e2ee/forger";
import { heal, knownIn, refoundRoom } from "@nimes/testing/e2ee/recovery";
import {
  changeOf,
  makeRoom,
  oneKeyPackage,
  open,
  send,
  submitTo,
  summary,
  type TestRoom,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { expect, test } from "vitest";
import type { NewGroup } from "../e2ee.ts";
import { judgeRefounding } from "../gate/judge-refounding.ts";

/** Anna's room with Bert, Cem and the moderator Mallory. */
async function scene(further: "nobody" | "Bert" = "nobody") {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const cem = await addOfficer(circle);
  const mallory = await addForger(circle);
  const leaders = further === "Bert" ? [mallory, bert] : [mallory];
  const roles = leaders.map(({ userId }) => ({ userId, role: "moderator" as const }));
  const log = await makeRoom(circle, anna, [bert, cem], { roles });
  await letForgerIn(log, anna, mallory);
  for (const one of [bert, cem]) await open(log, one, log.entries.slice(-1));
  const tree = await anna.e2ee.devicesOf(log.room.groupId);
  return { circle, anna, bert, cem, mallory, log, tree };
}

/** Enters the new group by the Welcome of the refounding, in place of the old one. */
async function follow(
  log: TestRoom,
  officer: TestOfficer,
  old: TestRoom["room"],
  entry = log.entries.at(-1),
) {
  const invitation = log.invitations.get(officer.clientId);
  const signed = decodeCbor(Signed, entry?.bytes ?? new Uint8Array());
  if (!invitation || !signed.ok || !entry) throw new Error("nobody has added this officer");
  const refounding = { author: entry.sender, commit: sha256(signed.value.payload), known: knownIn(log) };
  return officer.e2ee.joinRoom(invitation, { replaces: old.groupId, refounding });
}

async function expectTalk(log: TestRoom, all: readonly TestOfficer[]) {
  for (const from of all) {
    const sent = await send(log, from, ["weiter"]);
    for (const to of all.filter((one) => one !== from))
      expect((await open(log, to, sent)).map(summary)).toEqual(["weiter"]);
  }
}

/** The server has taken a commit that every gate refuses; it has moved the epoch. */
async function badCommit({ mallory, bert, log }: Awaited<ReturnType<typeof scene>>): Promise<FullEntry> {
  const twin = await forgeKeyPackage(bert.clientId);
  const { bytes } = await forgeCommit(mallory, [addProposal(twin.publicPackage)]);
  const entry = appendCommit(log, mallory, bytes, log.devices);
  log.epoch += 1;
  return entry;
}

test("a commit that every gate refuses: the room goes on without its committer (M16)", async () => {
  const here = await scene();
  const { circle, anna, bert, cem, mallory, log, tree } = here;
  const answers = await badCommit(here);
  for (const one of [anna, bert, cem])
    expect(await open(log, one, [answers])).toMatchObject([
      { outcome: "refused", reason: "twin-leaf", by: mallory.clientId },
    ]);
  const old = log.room;
  const { outcome, signed } = await refoundRoom(log, anna, [bert, cem], {
    answers,
    without: mallory.clientId,
  });
  const devices = [anna.clientId, bert.clientId, cem.clientId];
  expect(outcome).toEqual({ outcome: "accepted", epoch: 1, devices, unusable: [] });
  if (!signed) throw new Error("Anna has signed");
  const place = { room: old, tree, time: log.now };
  const judged = await judgeRefounding({ directory: circle.directory, isFresh: true }, place, signed);
  expect(judged).toMatchObject({
    result: "opened",
    value: { author: anna.clientId, without: mallory.clientId, answers: { sequence: answers.sequence } },
  });
  for (const one of [bert, cem])
    expect(await follow(log, one, old)).toMatchObject({ outcome: "joined", epoch: 1, devices });
  for (const one of [anna, bert, cem]) expect(await one.e2ee.epochOf(old.groupId)).toBeUndefined();
  await expectTalk(log, [anna, bert, cem]);
});

test("a commit that does not open for some: the room goes on with everybody", async () => {
  const { circle, anna, bert, cem, mallory, log } = await scene();
  const dora = await addOfficer(circle);
  const { bytes } = await forgeSpoiltCommit(mallory, anna.clientId);
  const answers = appendCommit(log, mallory, bytes, log.devices);
  log.epoch += 1;
  expect((await open(log, anna, [answers])).map(summary)).toEqual(["refused: unreadable"]);
  expect((await open(log, bert, [answers])).map(summary)).toEqual(["commit"]);
  const old = log.room;
  const wished = await refoundRoom(log, anna, [bert, cem, dora], { answers });
  // Dora was not in the room.
  expect(wished.outcome).toMatchObject({ outcome: "accepted", unusable: [dora.clientId] });
  for (const one of [bert, cem]) expect(await follow(log, one, old)).toMatchObject({ outcome: "joined" });
  await expectTalk(log, [anna, bert, cem]);
});

test("who refounds and dies when it is accepted heals in the new group", async () => {
  const here = await scene();
  const { anna, bert, cem, log } = here;
  const answers = await badCommit(here);
  const old = log.room;
  const died = await refoundRoom(log, anna, [bert, cem], { answers, dies: true });
  expect(died.outcome).toEqual({ outcome: "unknown" });
  expect(await anna.e2ee.epochOf(old.groupId)).toBe(2);
  for (const one of [bert, cem]) await follow(log, one, old);
  const healing = {
    groupInfo: log.groupInfo ?? new Uint8Array(),
    seenEpoch: 1,
    known: knownIn(log),
    replaces: old.groupId,
  };
  expect(await anna.e2ee.rejoin(log.room, healing, submitTo(log, anna))).toMatchObject({
    outcome: "accepted",
    epoch: 2,
  });
  expect(await anna.e2ee.epochOf(old.groupId)).toBeUndefined();
  for (const one of [bert, cem])
    expect((await open(log, one, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
  await expectTalk(log, [anna, bert, cem]);
});

test("who cannot open the Welcome of a refounding heals into the new group", async () => {
  const here = await scene();
  const { anna, bert, cem, log } = here;
  const answers = await badCommit(here);
  const old = log.room;
  await refoundRoom(log, anna, [bert, cem], { answers });
  await follow(log, cem, old);
  expect(await heal(log, bert)).toMatchObject({ outcome: "accepted", epoch: 2 });
  for (const one of [anna, cem])
    expect((await open(log, one, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
  await expectTalk(log, [anna, bert, cem]);
});

test("a refounding that the server does not take leaves the room as it was; the same one again changes nothing", async () => {
  const { anna, bert, log } = await scene();
  const made: NewGroup = {
    groupId: "a".repeat(64) as NewGroup["groupId"],
    wished: [],
    add: [],
    without: null,
  };
  for (const answer of ["lost", "unknown"] as const)
    expect(await anna.e2ee.refound(log.room, made, async () => answer)).toEqual({ outcome: answer });
  expect(await anna.e2ee.epochOf(made.groupId)).toBeUndefined();
  expect((await open(log, bert, await send(log, anna, ["noch im alten"]))).map(summary)).toEqual([
    "noch im alten",
  ]);
  const alone = { outcome: "accepted", epoch: 1, devices: [anna.clientId], unusable: [] };
  expect(await anna.e2ee.refound(log.room, made, async () => "accepted")).toEqual(alone);
  const never = async (): Promise<"accepted"> => {
    throw new Error("must not be called");
  };
  expect(await anna.e2ee.refound(log.room, made, never)).toEqual(alone);
  const third = { ...made, groupId: "b".repeat(64) as NewGroup["groupId"] };
  expect(await anna.e2ee.refound(log.room, third, never)).toEqual({ outcome: "gone" });
});

test("a Welcome that names another group replaces nothing where no refounding was verified, and nothing by a member", async () => {
  const here = await scene();
  const { anna, bert, cem, log } = here;
  const answers = await badCommit(here);
  const old = log.room;
  // Cem may not, and does it all the same.
  await refoundRoom(log, cem, [anna, bert], { answers });
  expect(await follow(log, bert, old)).toEqual({ outcome: "refused", reason: "not-permitted" });
  expect(await bert.e2ee.epochOf(old.groupId)).toBe(2);
  log.room = old;
  log.epoch = 2;
  expect((await open(log, bert, await send(log, anna, ["noch da"]))).map(summary)).toEqual(["noch da"]);
});

test("only the Welcome of the refounding that was verified replaces a group", async () => {
  const here = await scene();
  const { anna, bert, cem, log } = here;
  const answers = await badCommit(here);
  const old = log.room;
  // Bert leaves the owner out, and would follow in a group without her.
  const berts = await refoundRoom(log, bert, [cem], { answers });
  expect(berts.outcome).toMatchObject({ outcome: "accepted" });
  const invitation = log.invitations.get(cem.clientId);
  if (!invitation) throw new Error("Cem was added");
  const refused = { outcome: "refused", reason: "not-permitted" };
  const known = knownIn(log);
  const other = { author: anna.clientId, commit: new Uint8Array(32), known };
  const sameAuthor = { author: bert.clientId, commit: new Uint8Array(32), known };
  for (const options of [{}, { refounding: other }, { refounding: sameAuthor }])
    expect(await cem.e2ee.joinRoom(invitation, { replaces: old.groupId, ...options })).toEqual(refused);
  expect(await cem.e2ee.epochOf(old.groupId)).toBe(2);
  expect(await cem.e2ee.epochOf(log.room.groupId)).toBeUndefined();
});

test("whoever leads and was left out comes back by anybody it knows, without strangers; nobody else does (M14)", async () => {
  const here = await scene("Bert");
  const { circle, anna, bert, cem, mallory, log } = here;
  const zoe = await addOfficer(circle);
  const answers = await badCommit(here);
  const old = log.room;
  const known = { ...knownIn(log), devices: [...log.devices, mallory.clientId] };
  await refoundRoom(log, anna, [cem], { answers, without: mallory.clientId });
  await follow(log, cem, old);
  const awaited = { devices: [bert.clientId], until: Date.now() + 1_000_000 };
  const add = async (officer: TestOfficer, room = log.room) => {
    const wished = changeOf({
      add: [{ clientId: officer.clientId, keyPackage: await oneKeyPackage(officer.e2ee) }],
      remove: [],
    });
    return cem.e2ee.changeMembers(room, wished, submitTo(log, cem));
  };
  // Cem has no role.
  expect(await add(bert)).toMatchObject({ outcome: "nothing", notPermitted: [bert.clientId] });
  log.room = { ...log.room, awaited };
  expect(await add(zoe)).toMatchObject({ outcome: "nothing", notPermitted: [zoe.clientId] });
  // What Cem writes beside the Welcome is only Cem's word: Zoe leads nothing, and nobody is waited for so long.
  const year = 365 * 24 * 60 * 60_000;
  log.room = {
    ...log.room,
    awaited: { devices: [bert, zoe].map((one) => one.clientId), until: Date.now() + year },
  };
  expect(await add(bert)).toMatchObject({ outcome: "accepted", added: [bert.clientId] });
  const entry = log.entries.slice(-1);
  expect((await open({ ...log, room: { ...log.room, awaited } }, anna, entry)).map(summary)).toEqual([
    "commit",
  ]);
  const invitation = log.invitations.get(bert.clientId);
  if (!invitation) throw new Error("Bert was added");
  const replaces = old.groupId;
  const refused = { outcome: "refused", reason: "not-permitted" };
  expect(await bert.e2ee.joinRoom(invitation, { replaces })).toEqual(refused);
  const stranger = { ...known, devices: known.devices.filter((one) => one !== cem.clientId) };
  expect(await bert.e2ee.joinRoom(invitation, { replaces, leftOut: stranger })).toEqual(refused);
  const fewer = { ...known, devices: known.devices.filter((one) => one !== anna.clientId) };
  expect(await bert.e2ee.joinRoom(invitation, { replaces, leftOut: fewer })).toEqual(refused);
  expect(await bert.e2ee.epochOf(old.groupId)).toBe(2);
  const joined = await bert.e2ee.joinRoom(invitation, { replaces, leftOut: known });
  expect(joined).toMatchObject({ outcome: "joined", room: { awaited: { devices: [bert.clientId] } } });
  const until = (joined.outcome === "joined" && joined.room.awaited?.until) || 0;
  expect(until - Date.now()).toBeLessThan(year / 10);
  log.room = { ...log.room };
  await expectTalk(log, [anna, bert, cem]);
});

test("a refounding is judged by who signs it, and by the roles in force", async () => {
  const here = await scene();
  const { circle, anna, bert, cem, mallory, log, tree } = here;
  const answers = await badCommit(here);
  const old = log.room;
  const signedBy = async (by: TestOfficer, without?: typeof anna.clientId) => {
    log.room = old;
    const others = [anna, bert, cem].filter((one) => one !== by);
    const made = await refoundRoom(log, by, others, { answers, dies: true, ...(without && { without }) });
    if (!made.signed) throw new Error("it was signed");
    return made.signed;
  };
  const annas = await signedBy(anna);
  const atHand = { directory: circle.directory, isFresh: true };
  const place = { room: old, tree, time: log.now };
  const refused = (reason: string) => ({ result: "refused", reason });
  const { directory } = circle;
  expect(await judgeRefounding(atHand, place, annas)).toMatchObject({ result: "opened" });
  expect(await judgeRefounding(atHand, place, await signedBy(bert))).toEqual(refused("not-permitted"));
  const ofItself = await signedBy(anna, anna.clientId);
  expect(await judgeRefounding(atHand, place, ofItself)).toEqual(refused("not-permitted"));
  const gone = { ...place, tree: tree.filter((one) => one !== anna.clientId) };
  expect(await judgeRefounding(atHand, gone, annas)).toEqual(refused("not-permitted"));
  const other = await makeRoom(circle, anna, []);
  expect(await judgeRefounding(atHand, { ...place, room: other.room }, annas)).toEqual(refused("wrong-room"));
  const newer = { ...old, roles: { ...old.roles, version: 2 } };
  expect(await judgeRefounding(atHand, { ...place, room: newer }, annas)).toEqual(refused("wrong-room"));
  const forged = { ...annas, signatures: [...(await signedBy(cem)).signatures] };
  expect(await judgeRefounding(atHand, place, forged)).toEqual(refused("unreadable"));
  const hidden = { directory: () => undefined, isFresh: false };
  expect(await judgeRefounding(hidden, place, annas)).toEqual({
    result: "chain-missing",
    userIds: [anna.userId],
  });
  // A phone that was replaced by then signs nothing.
  const user = directory(anna.userId);
  if (typeof user !== "object") throw new Error("Anna is known");
  const [device] = user.devices;
  if (!device) throw new Error("Anna has a device");
  const ended = { ...user, devices: [], ended: [{ ...device, until: log.now - 1 }] };
  const later = { directory: () => ended, isFresh: true };
  expect(await judgeRefounding(later, place, annas)).toEqual(refused("not-on-chain"));
  expect(mallory.clientId).toBe(answers.sender);
});
