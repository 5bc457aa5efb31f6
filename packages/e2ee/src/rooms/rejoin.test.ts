/** Healing: who comes back into a room, by what, and who does not (DESIGN §6). */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import {
  addForger,
  appendCommit,
  forgeExternalCommit,
  forgeKeyPackage,
  forgeSpoiltCommit,
  letForgerIn,
} from "@nimes/testing/e2ee/forger";
import { diesAccepted, heal, knownIn, renew } from "@nimes/testing/e2ee/recovery";
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
  type TestRoom,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { describe, expect, test } from "vitest";
import { makeRejoinProof } from "../chains/make-rejoin-proof.ts";
import type { CommitBundle, SubmitCommit } from "../e2ee.ts";

async function scene() {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const dora = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert, dora]);
  return { circle, anna, bert, dora, log };
}

const newest = (log: TestRoom): FullEntry[] => log.entries.slice(-1);

/** The last entry is taken by all of these, and then all of them read each other. */
async function expectAllGoOn(log: TestRoom, readers: readonly TestOfficer[], all: readonly TestOfficer[]) {
  for (const one of readers) expect((await open(log, one, newest(log))).map(summary)).toEqual(["commit"]);
  for (const from of all) {
    const sent = await send(log, from, ["weiter"]);
    for (const to of all.filter((one) => one !== from))
      expect((await open(log, to, sent)).map(summary)).toEqual(["weiter"]);
  }
}

describe("a device that died between acceptance and the end of its transaction", () => {
  test("comes back by itself: everybody takes it, and reads and is read", async () => {
    const { anna, bert, dora, log } = await scene();
    expect(await dora.e2ee.renew(log.room, diesAccepted(log, dora))).toEqual({ outcome: "unknown" });
    for (const one of [anna, bert]) await open(log, one, newest(log));
    expect((await open(log, dora, newest(log))).map(summary)).toEqual(["stranded"]);
    const devices = [anna.clientId, bert.clientId, dora.clientId];
    expect(await heal(log, dora)).toEqual({ outcome: "accepted", epoch: 3, devices });
    expect(await open(log, anna, newest(log))).toMatchObject([
      { outcome: "commit", committer: dora.clientId, devices },
    ]);
    await expectAllGoOn(log, [bert], [anna, bert, dora]);
  });

  test("comes back, too, when it dies once more while it heals", async () => {
    const { anna, bert, dora, log } = await scene();
    await dora.e2ee.renew(log.room, diesAccepted(log, dora));
    for (const one of [anna, bert]) await open(log, one, newest(log));
    expect(await heal(log, dora, diesAccepted(log, dora))).toEqual({ outcome: "unknown" });
    for (const one of [anna, bert]) await open(log, one, newest(log));
    expect((await open(log, dora, newest(log))).map(summary)).toEqual(["stranded"]);
    expect(await heal(log, dora)).toMatchObject({ outcome: "accepted", epoch: 4 });
    await expectAllGoOn(log, [anna, bert], [anna, bert, dora]);
  });

  test("has lost nothing where the server does not take it: the old state stays", async () => {
    const { anna, dora, log } = await scene();
    const before = await send(log, anna, ["vorher"]);
    expect(await heal(log, dora, async () => "lost")).toEqual({ outcome: "lost" });
    expect(await dora.e2ee.epochOf(log.room.groupId)).toBe(1);
    expect((await open(log, dora, before)).map(summary)).toEqual(["vorher"]);
  });

  test("does not open what was sealed before it came back, and says so", async () => {
    const { anna, bert, dora, log } = await scene();
    const before = await send(log, anna, ["vorher"]);
    await renew(log, bert);
    await open(log, anna, newest(log));
    const between = await send(log, anna, ["dazwischen"]);
    expect(await heal(log, dora)).toMatchObject({ outcome: "accepted", epoch: 3 });
    log.room = { ...log.room, joinedEpoch: 3 };
    expect((await open(log, dora, [...before, ...between])).map(summary)).toEqual(["too-old", "too-old"]);
  });
});

test("a device whose store is gone notices it, and comes back", async () => {
  const { anna, bert, dora, log } = await scene();
  await dora.e2ee.leaveRoom(log.room.groupId);
  const sent = await send(log, anna, ["liest sie nicht"]);
  expect((await open(log, dora, sent)).map(summary)).toEqual(["stranded"]);
  await renew(log, anna);
  expect((await open(log, dora, newest(log))).map(summary)).toEqual(["stranded"]);
  await open(log, bert, newest(log));
  expect(await heal(log, dora)).toMatchObject({ outcome: "accepted" });
  await expectAllGoOn(log, [anna, bert], [anna, bert, dora]);
});

describe("a device whose Welcome does not open, because its key package was used up before", () => {
  async function addedInVain() {
    const here = await scene();
    const emil = await addOfficer(here.circle);
    await addToRoom(here.log, here.anna, [emil]);
    for (const one of [here.bert, here.dora]) await open(here.log, one, newest(here.log));
    const welcomed = (groupInfo = here.log.groupInfo ?? new Uint8Array()) => ({
      groupInfo,
      seenEpoch: 0,
      known: undefined,
    });
    return { ...here, emil, welcomed };
  }

  test("comes in where its leaf stands, by a tree that an owner has signed", async () => {
    const { anna, bert, dora, emil, log, welcomed } = await addedInVain();
    const outcome = await emil.e2ee.rejoin(log.room, welcomed(), submitTo(log, emil));
    expect(outcome).toMatchObject({ outcome: "accepted", devices: expect.arrayContaining([anna.clientId]) });
    await expectAllGoOn(log, [anna, bert, dora], [anna, bert, dora, emil]);
  });

  test("comes in by no tree that somebody has signed who may not add people (M14)", async () => {
    const { anna, bert, emil, log, circle, welcomed } = await addedInVain();
    await renew(log, bert);
    await open(log, anna, newest(log));
    const refused = { outcome: "refused", reason: "not-permitted" };
    expect(await emil.e2ee.rejoin(log.room, welcomed(), submitTo(log, emil))).toEqual(refused);
    const mallory = await addOfficer(circle);
    const users = [{ userId: mallory.userId, role: "owner" as const }];
    const fake = { ...log.room, roles: { ...log.room.roles, author: mallory.clientId, users } };
    await mallory.e2ee.foundRoom(fake);
    let groupInfo = new Uint8Array();
    const add = [{ clientId: emil.clientId, keyPackage: await oneKeyPackage(emil.e2ee) }];
    await mallory.e2ee.changeMembers(fake, changeOf({ add, remove: [] }), async (bundle) => {
      groupInfo = Uint8Array.from(bundle.groupInfo);
      return "accepted";
    });
    expect(await emil.e2ee.rejoin(log.room, welcomed(groupInfo), submitTo(log, emil))).toEqual(refused);
    await renew(log, anna);
    expect(await emil.e2ee.rejoin(log.room, welcomed(), submitTo(log, emil))).toMatchObject({
      outcome: "accepted",
    });
  });
});

test("whoever is new in a room comes in by no tree that an ended phone has signed, and by the next one", async () => {
  const { circle, anna, bert, log } = await scene();
  const emil = await addOfficer(circle);
  await addToRoom(log, anna, [emil]);
  await open(log, bert, newest(log));
  const user = circle.users.get(anna.userId);
  const [device] = user?.devices ?? [];
  if (!user || !device) throw new Error("Anna has a device");
  circle.users.set(anna.userId, { ...user, devices: [], ended: [{ ...device, until: log.now }] });
  const welcomed = { groupInfo: log.groupInfo ?? new Uint8Array(), seenEpoch: 0, known: undefined };
  const outcome = await emil.e2ee.rejoin(log.room, welcomed, submitTo(log, emil));
  expect(outcome).toEqual({ outcome: "refused", reason: "not-on-chain" });
  circle.users.set(anna.userId, user);
  expect(await emil.e2ee.rejoin(log.room, welcomed, submitTo(log, emil))).toMatchObject({
    outcome: "accepted",
  });
});

describe("who does not come back", () => {
  test("whoever was taken out, by its own app or in spite of it (M10)", async () => {
    const { anna, bert, log, circle } = await scene();
    const mallory = await addForger(circle);
    await letForgerIn(log, anna, mallory);
    await open(log, bert, newest(log));
    const removal = changeOf({ add: [], remove: [bert.clientId, mallory.clientId] });
    await anna.e2ee.changeMembers(log.room, removal, submitTo(log, anna));
    expect((await open(log, bert, newest(log))).map(summary)).toEqual(["removed"]);
    expect(await heal(log, bert)).toEqual({ outcome: "refused", reason: "not-in-tree" });
    const bytes = await forgeExternalCommit(log.groupInfo ?? new Uint8Array(), mallory.keys);
    const entry = await signedEntry(log, mallory, bytes);
    expect((await open(log, anna, [entry])).map(summary)).toEqual(["refused: header"]);
  });

  test("into a group that somebody on a chain has made under the room's id, with key packages that the server has (M14)", async () => {
    const { circle, anna, bert, dora, log } = await scene();
    const mallory = await addOfficer(circle);
    const roles = { ...log.room.roles, author: mallory.clientId };
    const fake = {
      ...log.room,
      roles: { ...roles, users: [{ userId: mallory.userId, role: "owner" as const }] },
    };
    await mallory.e2ee.foundRoom(fake);
    const add = await Promise.all(
      [anna, bert, dora].map(async ({ clientId, e2ee }) => ({
        clientId,
        keyPackage: await oneKeyPackage(e2ee),
      })),
    );
    let groupInfo = new Uint8Array();
    const keep: SubmitCommit = async (bundle) => {
      groupInfo = Uint8Array.from(bundle.groupInfo);
      return "accepted";
    };
    await mallory.e2ee.changeMembers(fake, changeOf({ add, remove: [] }), keep);
    await mallory.e2ee.renew(fake, keep);
    const healing = { groupInfo, seenEpoch: 1, known: knownIn(log) };
    expect(await dora.e2ee.rejoin(log.room, healing, async () => "accepted")).toEqual({
      outcome: "refused",
      reason: "not-permitted",
    });
    expect((await open(log, dora, await send(log, anna, ["noch da"]))).map(summary)).toEqual(["noch da"]);
  });

  test("by a GroupInfo that is older than what the log has shown, of another room, cut or made up", async () => {
    const { circle, anna, bert, dora, log } = await scene();
    const old = log.groupInfo ?? new Uint8Array();
    await renew(log, anna);
    await open(log, bert, newest(log));
    const other = await makeRoom(circle, anna, [bert]);
    const fresh = log.groupInfo ?? new Uint8Array();
    const spoilt = Uint8Array.from(fresh);
    spoilt[fresh.byteLength - 1] = (fresh.at(-1) ?? 0) ^ 1;
    const lies: [Uint8Array | undefined, string][] = [
      [old, "old-epoch"],
      [other.groupInfo, "wrong-room"],
      [fresh.subarray(0, 400), "unreadable"],
      [new Uint8Array(), "unreadable"],
      [spoilt, "unreadable"],
    ];
    for (const [groupInfo = new Uint8Array(), reason] of lies) {
      const healing = { groupInfo, seenEpoch: 2, known: knownIn(log) };
      expect(await dora.e2ee.rejoin(log.room, healing, submitTo(log, dora))).toEqual({
        outcome: "refused",
        reason,
      });
    }
    expect((await open(log, dora, newest(log))).map(summary)).toEqual(["commit"]);
  });

  test("a device whose leaves core-crypto would double is told so, and nothing has left", async () => {
    const { circle, anna, bert, dora, log } = await scene();
    const emil = await addOfficer(circle);
    await addToRoom(log, anna, [emil]);
    await joinFromLog(log, emil);
    for (const one of [bert, dora]) await open(log, one, newest(log));
    // Leaves 0, 1 and 3 are there, and 2 is blank.
    const removal = changeOf({ add: [], remove: [dora.clientId] });
    await anna.e2ee.changeMembers(log.room, removal, submitTo(log, anna));
    for (const one of [bert, emil]) await open(log, one, newest(log));
    const entries = log.entries.length;
    expect(await heal(log, emil)).toEqual({ outcome: "refused", reason: "twin-leaf" });
    expect(log.entries.length).toBe(entries);
    expect((await open(log, emil, await send(log, anna, ["noch da"]))).map(summary)).toEqual(["noch da"]);
    // Somebody takes it out and adds it again: it enters the same group anew.
    const out = changeOf({ add: [], remove: [emil.clientId] });
    await anna.e2ee.changeMembers(log.room, out, submitTo(log, anna));
    await open(log, bert, newest(log));
    await addToRoom(log, anna, [emil]);
    const invitation = log.invitations.get(emil.clientId);
    if (!invitation) throw new Error("Emil was added");
    expect(await emil.e2ee.joinRoom(invitation)).toMatchObject({ outcome: "already-joined" });
    expect(await emil.e2ee.joinRoom(invitation, { replaces: log.room.groupId })).toMatchObject({
      outcome: "joined",
      epoch: 5,
    });
    await expectAllGoOn(log, [bert], [anna, bert, emil]);
  });
});

/** An entry with an external commit, for which this device signs. */
async function signedEntry(
  log: TestRoom,
  by: Pick<TestOfficer, "clientId" | "device">,
  bytes: Uint8Array,
  epoch = log.epoch,
): Promise<FullEntry> {
  const { groupId, roomId } = log.room;
  const proof = await makeRejoinProof(by, roomId, { groupId, epoch, commit: bytes }, log.now);
  const entry = appendCommit(log, by, bytes, log.devices, epoch);
  log.entries.pop();
  return { ...entry, rejoin: encodeCbor(proof) };
}

describe("external commits in somebody's name (M1, M15)", () => {
  async function hostile() {
    const here = await scene();
    const mallory = await addForger(here.circle);
    await letForgerIn(here.log, here.anna, mallory);
    for (const one of [here.bert, here.dora]) await open(here.log, one, newest(here.log));
    return { ...here, mallory, groupInfo: here.log.groupInfo ?? new Uint8Array() };
  }

  test("the device itself, with its own key and signature, is taken", async () => {
    const { anna, bert, mallory, log, groupInfo } = await hostile();
    const bytes = await forgeExternalCommit(groupInfo, mallory.keys, mallory.clientId);
    const entry = await signedEntry(log, mallory, bytes);
    for (const one of [anna, bert])
      expect(await open(log, one, [entry])).toMatchObject([
        { outcome: "commit", committer: mallory.clientId, devices: log.devices },
      ]);
  });

  test("without a signature, with another's, for another commit or epoch: nothing happens", async () => {
    const { anna, bert, dora, mallory, log, groupInfo } = await hostile();
    const bytes = await forgeExternalCommit(groupInfo, mallory.keys, mallory.clientId);
    const entry = await signedEntry(log, mallory, bytes);
    const { rejoin: _, ...bare } = entry;
    const another = await forgeExternalCommit(groupInfo, mallory.keys, mallory.clientId);
    const named = { clientId: dora.clientId, device: mallory.device };
    const lies: [FullEntry, string][] = [
      [bare, "header"],
      [{ ...entry, rejoin: Uint8Array.of(1) }, "unreadable"],
      [await signedEntry(log, named, bytes), "unreadable"],
      [await signedEntry(log, bert, bytes), "not-permitted"],
      [{ ...entry, bytes: another }, "not-permitted"],
      [{ ...entry, ...pick(await signedEntry(log, mallory, bytes, 1)) }, "not-permitted"],
    ];
    for (const [lie, reason] of lies)
      expect((await open(log, anna, [lie])).map(summary)).toEqual([`refused: ${reason}`]);
    expect(await anna.e2ee.epochOf(log.room.groupId)).toBe(2);
  });

  test("replayed, it changes nothing (M15)", async () => {
    const { anna, bert, dora, log } = await hostile();
    await dora.e2ee.renew(log.room, diesAccepted(log, dora));
    for (const one of [anna, bert]) await open(log, one, newest(log));
    await heal(log, dora);
    const [healing] = newest(log);
    if (!healing) throw new Error("Dora has healed");
    for (const one of [anna, bert]) await open(log, one, [healing]);
    const devices = await anna.e2ee.devicesOf(log.room.groupId);
    expect((await open(log, anna, [healing])).map(summary)).toEqual(["commit before"]);
    const later = { ...healing, sequence: healing.sequence + 1, epoch: log.epoch };
    expect((await open(log, anna, [later])).map(summary)).toEqual(["refused: header"]);
    expect(await anna.e2ee.devicesOf(log.room.groupId)).toEqual(devices);
    const sent = await send(log, dora, ["weiter"]);
    expect((await open(log, anna, sent)).map(summary)).toEqual(["weiter"]);
  });

  test("with another key, in another's name, or in another's place: refused (M1)", async () => {
    const { anna, bert, mallory, log, groupInfo } = await hostile();
    const fresh = await forgeKeyPackage(mallory.clientId);
    const asBert = await forgeKeyPackage(bert.clientId);
    const bytes = [
      await forgeExternalCommit(groupInfo, fresh, mallory.clientId),
      await forgeExternalCommit(groupInfo, asBert, bert.clientId),
      await forgeExternalCommit(groupInfo, fresh, bert.clientId),
      await forgeExternalCommit(groupInfo, mallory.keys, bert.clientId),
    ];
    const devices = await anna.e2ee.devicesOf(log.room.groupId);
    for (const one of bytes) {
      const entry = await signedEntry(log, mallory, one);
      for (const to of [anna, bert]) {
        const [outcome] = await open(log, to, [entry]);
        expect(outcome).toMatchObject({ outcome: "refused" });
      }
    }
    expect(await anna.e2ee.devicesOf(log.room.groupId)).toEqual(devices);
    expect((await open(log, bert, await send(log, anna, ["weiter"]))).map(summary)).toEqual(["weiter"]);
  });
});

test("a path that opens for some and not for others shuts nobody out for good", async () => {
  const { circle, anna, bert, dora, log } = await scene();
  const mallory = await addForger(circle);
  await letForgerIn(log, anna, mallory);
  for (const one of [bert, dora]) await open(log, one, newest(log));
  const before = await dora.e2ee.devicesOf(log.room.groupId);
  const made = await forgeSpoiltCommit(mallory, dora.clientId);
  const entry = appendCommit(log, mallory, made.bytes, log.devices);
  log.epoch += 1;
  for (const one of [anna, bert]) expect((await open(log, one, [entry])).map(summary)).toEqual(["commit"]);
  expect(await open(log, dora, [entry])).toMatchObject([{ outcome: "refused", reason: "unreadable" }]);
  expect(await dora.e2ee.devicesOf(log.room.groupId)).toEqual(before);
  // The GroupInfo of the crafted commit is Mallory's; the next honest one is good.
  await renew(log, bert);
  await open(log, anna, newest(log));
  expect((await open(log, dora, newest(log))).map(summary)).toEqual(["stranded"]);
  expect(await heal(log, dora)).toMatchObject({ outcome: "accepted" });
  await expectAllGoOn(log, [anna, bert], [anna, bert, dora]);
});

test("a commit of the own device that heals says that it does", async () => {
  const { dora, log } = await scene();
  const sent: CommitBundle[] = [];
  await heal(log, dora, async (bundle) => {
    sent.push(bundle);
    return "lost";
  });
  expect(sent).toMatchObject([{ rejoin: true, epoch: 1, groupId: log.room.groupId, devices: log.devices }]);
});

const pick = ({ rejoin }: FullEntry): Partial<FullEntry> => (rejoin ? { rejoin } : {});
