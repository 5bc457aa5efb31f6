/** Own commits: key packages that may be used, the race for an epoch, and what happens when the answer is lost. */
import { concat } from "@nimes/protocol/bytes";
import { addForger, forgeKeyPackage, keyPackageBytes, suiteOf } from "@nimes/testing/e2ee/forger";
import {
  addToRoom,
  changeOf,
  joinFromLog,
  makeRoom,
  nextRoles,
  oneKeyPackage,
  open,
  send,
  submitTo,
  summary,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle } from "@nimes/testing/e2ee/test-device";
import { describe, expect, test } from "vitest";
import type { CommitBundle } from "../e2ee.ts";

const day = 86_400;
const now = (): number => Math.floor(Date.now() / 1000);

async function scene() {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const mallory = await addForger(circle);
  const bert = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert]);
  return { circle, anna, bert, mallory, log };
}

describe("key packages (M5)", () => {
  test.each([
    ["expired", { notBefore: now() - 2 * day, notAfter: now() - day }],
    ["not valid yet", { notBefore: now() + day, notAfter: now() + 2 * day }],
  ])("one that is %s is not used", async (_name, lifetime) => {
    const { anna, mallory, log } = await scene();
    const { signaturePrivateKey } = mallory.keys.privatePackage;
    const { signaturePublicKey } = mallory.keys.publicPackage.leafNode;
    const signatureKeyPair = { signKey: signaturePrivateKey, publicKey: signaturePublicKey };
    const stale = await forgeKeyPackage(mallory.clientId, { ...lifetime, signatureKeyPair });
    const fresh = await forgeKeyPackage(mallory.clientId, { signatureKeyPair });
    const add = (keys: typeof stale) =>
      anna.e2ee.changeMembers(
        log.room,
        changeOf({ add: [{ clientId: mallory.clientId, keyPackage: keyPackageBytes(keys) }], remove: [] }),
        submitTo(log, anna),
      );
    expect(await add(stale)).toMatchObject({ outcome: "nothing", unusable: [mallory.clientId] });
    expect(await add(fresh)).toMatchObject({ outcome: "accepted", added: [mallory.clientId] });
  });

  test("one of another user, of another suite, with a foreign key or a broken signature is not used", async () => {
    const { circle, anna, bert, mallory, log } = await scene();
    const cem = await addOfficer(circle);
    const honest = await oneKeyPackage(cem.e2ee);
    const broken = Uint8Array.from(honest);
    broken[honest.byteLength - 1] = (honest.at(-1) ?? 0) ^ 1;
    const brokenLeaf = Uint8Array.from(honest);
    brokenLeaf[60] = (honest[60] ?? 0) ^ 1;
    const suite = await suiteOf("MLS_128_DHKEMP256_AES128GCM_SHA256_P256");
    const faulty: Uint8Array[] = [
      keyPackageBytes(mallory.keys),
      keyPackageBytes(await forgeKeyPackage(cem.clientId, { suite })),
      keyPackageBytes(await forgeKeyPackage(cem.clientId)),
      await oneKeyPackage(bert.e2ee),
      broken,
      brokenLeaf,
      concat(honest, Uint8Array.of(0)),
      honest.subarray(0, 100),
      new Uint8Array(),
    ];
    const sent: CommitBundle[] = [];
    for (const keyPackage of faulty) {
      const change = changeOf({ add: [{ clientId: cem.clientId, keyPackage }], remove: [] });
      const outcome = await anna.e2ee.changeMembers(log.room, change, async (bundle) => {
        sent.push(bundle);
        return "lost";
      });
      expect(outcome).toMatchObject({ outcome: "nothing", unusable: [cem.clientId] });
    }
    expect(sent).toEqual([]);
    const change = changeOf({ add: [{ clientId: cem.clientId, keyPackage: honest }], remove: [] });
    expect(await anna.e2ee.changeMembers(log.room, change, submitTo(log, anna))).toMatchObject({
      outcome: "accepted",
    });
  });

  test("one faulty key package does not keep the others out", async () => {
    const { circle, anna, mallory, log } = await scene();
    const cem = await addOfficer(circle);
    const add = [
      { clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) },
      { clientId: mallory.clientId, keyPackage: Uint8Array.of(1, 2, 3) },
    ];
    const outcome = await anna.e2ee.changeMembers(
      log.room,
      changeOf({ add, remove: [] }),
      submitTo(log, anna),
    );
    expect(outcome).toMatchObject({ added: [cem.clientId], unusable: [mallory.clientId] });
  });

  test("one of a user whose attestation has run out is not used", async () => {
    const { circle, anna, log } = await scene();
    const former = await addOfficer(circle, { validUntil: Date.now() - 1000 });
    const change = changeOf({
      add: [{ clientId: former.clientId, keyPackage: await oneKeyPackage(former.e2ee) }],
      remove: [],
    });
    expect(await anna.e2ee.changeMembers(log.room, change, submitTo(log, anna))).toMatchObject({
      outcome: "nothing",
      unusable: [former.clientId],
    });
  });
});

describe("the race for an epoch (M7, P5)", () => {
  test("one commit wins; the loser is unchanged, applies the winner's and makes its own again", async () => {
    const circle = await makeCircle();
    const anna = await addOfficer(circle);
    const bert = await addOfficer(circle);
    const log = await makeRoom(circle, anna, [bert], { roles: [{ userId: bert.userId, role: "owner" }] });
    const [cem, dora] = [await addOfficer(circle), await addOfficer(circle)];
    const first = await addToRoom(log, anna, [cem]);
    const second = await addToRoom(log, bert, [dora]);
    expect([first.outcome, second.outcome]).toEqual(["accepted", "lost"]);
    expect(await bert.e2ee.epochOf(log.room.groupId)).toBe(1);
    expect((await open(log, bert, log.entries.slice(-1))).map(summary)).toEqual(["commit"]);
    expect(await addToRoom(log, bert, [dora])).toMatchObject({ outcome: "accepted", epoch: 3 });
    await joinFromLog(log, cem);
    await joinFromLog(log, dora);
    const latest = log.entries.slice(-1);
    expect((await open(log, anna, latest)).map(summary)).toEqual(["commit"]);
    expect((await open(log, cem, latest)).map(summary)).toEqual(["commit"]);
    const sent = await send(log, dora, ["alle da"]);
    for (const officer of [anna, bert, cem])
      expect((await open(log, officer, sent)).map(summary)).toEqual(["alle da"]);
  });

  test("own commits and messages in the log are known, not opened", async () => {
    const { circle, anna, log } = await scene();
    await send(log, anna, ["eins"]);
    await addToRoom(log, anna, [await addOfficer(circle)]);
    expect((await open(log, anna, log.entries)).map(summary)).toEqual(["commit", "own", "commit"]);
  });

  test("a device that dies between the server's yes and the end of its transaction knows that it is stranded", async () => {
    const { circle, anna, bert, log } = await scene();
    const cem = await addOfficer(circle);
    const change = changeOf({
      add: [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }],
      remove: [],
    });
    const submit = submitTo(log, anna);
    const died = anna.e2ee.changeMembers(log.room, change, async (bundle) => {
      await submit(bundle);
      throw new Error("the device dies here");
    });
    await expect(died).rejects.toThrow("the device dies here");
    expect(await anna.e2ee.epochOf(log.room.groupId)).toBe(1);
    const commit = log.entries.slice(-1);
    expect((await open(log, anna, commit)).map(summary)).toEqual(["stranded"]);
    expect((await open(log, bert, commit)).map(summary)).toEqual(["commit"]);
  });

  test("an error of the way to the server does not harm the encryption", async () => {
    const { circle, anna, bert, log } = await scene();
    const cem = await addOfficer(circle);
    const change = changeOf({
      add: [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }],
      remove: [],
    });
    const failing = anna.e2ee.changeMembers(log.room, change, () => Promise.reject(new Error("no way")));
    await expect(failing).rejects.toThrow("no way");
    expect((await open(log, bert, await send(log, anna, ["geht"]))).map(summary)).toEqual(["geht"]);
    expect(await addToRoom(log, anna, [cem])).toMatchObject({ outcome: "accepted" });
  });
});

test("who reads is told behind each commit, before the next one waits for the server (P9)", async () => {
  const { circle, anna, bert, log } = await scene();
  const cem = await addOfficer(circle);
  const change = changeOf({
    add: [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }],
    remove: [bert.clientId],
  });
  const submit = submitTo(log, anna);
  const order: string[] = [];
  await anna.e2ee.changeMembers(
    log.room,
    { ...change, onTree: async (devices) => order.push(`${devices.length} read`) },
    (bundle) => {
      order.push("commit");
      return submit(bundle);
    },
  );
  expect(order).toEqual(["commit", "1 read", "commit", "2 read"]);
});

test("removing and adding in one change are two commits, and both arrive", async () => {
  const { circle, anna, bert, log } = await scene();
  const [cem, dora] = [await addOfficer(circle), await addOfficer(circle)];
  await addToRoom(log, anna, [cem]);
  await open(log, bert, log.entries.slice(-1));
  const change = changeOf({
    add: [{ clientId: dora.clientId, keyPackage: await oneKeyPackage(dora.e2ee) }],
    remove: [cem.clientId],
  });
  expect(await anna.e2ee.changeMembers(log.room, change, submitTo(log, anna))).toEqual({
    outcome: "accepted",
    epoch: 4,
    added: [dora.clientId],
    removed: [cem.clientId],
    unusable: [],
    notPermitted: [],
  });
  expect(await open(log, bert, log.entries.slice(-2))).toMatchObject([
    { outcome: "commit", devices: [anna.clientId, bert.clientId], epoch: 3 },
    { outcome: "commit", devices: [anna.clientId, bert.clientId, dora.clientId], epoch: 4 },
  ]);
});

test("what is done already is not done again", async () => {
  const { circle, anna, bert, log } = await scene();
  const stranger = await addOfficer(circle);
  const change = changeOf({
    add: [{ clientId: bert.clientId, keyPackage: await oneKeyPackage(bert.e2ee) }],
    remove: [stranger.clientId],
  });
  expect(await anna.e2ee.changeMembers(log.room, change, submitTo(log, anna))).toEqual({
    outcome: "nothing",
    unusable: [],
    notPermitted: [],
  });
});

test("what the roles do not allow is dropped and named, and the rest is done (M4)", async () => {
  const { circle, anna, bert, log } = await scene();
  const cem = await addOfficer(circle);
  const add = [{ clientId: cem.clientId, keyPackage: await oneKeyPackage(cem.e2ee) }];
  const change = changeOf({ add, remove: [anna.clientId] });
  const never = async (): Promise<"accepted"> => {
    throw new Error("must not be called");
  };
  expect(await bert.e2ee.changeMembers(log.room, change, never)).toEqual({
    outcome: "nothing",
    unusable: [],
    notPermitted: [anna.clientId, cem.clientId],
  });
  const self = changeOf({ add: [], remove: [anna.clientId] });
  await expect(anna.e2ee.changeMembers(log.room, self, never)).rejects.toThrow("cannot remove itself");
});

test("a plain member takes out whoever has asked to leave, and every gate takes that", async () => {
  const { circle, anna, bert, log } = await scene();
  const cem = await addOfficer(circle);
  await addToRoom(log, anna, [cem]);
  await joinFromLog(log, cem);
  await open(log, bert, log.entries.slice(-1));
  const removal = changeOf({ add: [], remove: [cem.clientId] });
  expect(await bert.e2ee.changeMembers(log.room, removal, submitTo(log, bert))).toMatchObject({
    outcome: "nothing",
    notPermitted: [cem.clientId],
  });
  log.room = { ...log.room, leaving: [cem.userId] };
  expect(await bert.e2ee.changeMembers(log.room, removal, submitTo(log, bert))).toMatchObject({
    outcome: "accepted",
    removed: [cem.clientId],
  });
  const commit = log.entries.slice(-1);
  expect((await open(log, anna, commit)).map(summary)).toEqual(["commit"]);
  expect((await open(log, cem, commit)).map(summary)).toEqual(["removed"]);
});

test("the owner is no moderator's to remove, and a moderator is the owner's (M4)", async () => {
  const { circle, anna, bert, log } = await scene();
  await nextRoles(circle, log, {
    by: anna,
    users: [
      { userId: anna.userId, role: "owner" },
      { userId: bert.userId, role: "moderator" },
    ],
  });
  const removal = changeOf({ add: [], remove: [anna.clientId] });
  expect(await bert.e2ee.changeMembers(log.room, removal, submitTo(log, bert))).toMatchObject({
    outcome: "nothing",
    notPermitted: [anna.clientId],
  });
  const other = changeOf({ add: [], remove: [bert.clientId] });
  expect(await anna.e2ee.changeMembers(log.room, other, submitTo(log, anna))).toMatchObject({
    outcome: "accepted",
    removed: [bert.clientId],
  });
});
