/** Opening the log: runs, repeats, what is stored when, and how far back and forward messages still open. */
import type { FullEntry } from "@nimes/protocol/entry";
import { limits } from "@nimes/protocol/limits";
import { addForger, forgeText, letForgerIn } from "@nimes/testing/e2ee/forger";
import { renew } from "@nimes/testing/e2ee/recovery";
import {
  addToRoom,
  appendEntry,
  changeOf,
  makeRoom,
  open,
  sealNow,
  send,
  submitTo,
  summary,
  type TestRoom,
  textContent,
} from "@nimes/testing/e2ee/room-log";
import { addOfficer, makeCircle, type TestOfficer } from "@nimes/testing/e2ee/test-device";
import { describe, expect, test } from "vitest";
import type { EntryOutcome } from "../e2ee.ts";

async function scene() {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert]);
  return { circle, anna, bert, log };
}

/** Adds an officer and removes them again: two commits. */
async function addAndRemove(log: TestRoom, by: TestOfficer, other: TestOfficer): Promise<void> {
  await addToRoom(log, by, [other]);
  const change = changeOf({ add: [], remove: [other.clientId] });
  await by.e2ee.changeMembers(log.room, change, submitTo(log, by));
}

test("a replayed message is dropped, whether as the same entry or as a later one (M6)", async () => {
  const { anna, bert, log } = await scene();
  const [entry] = await send(log, anna, ["einmal"]);
  if (!entry) throw new Error("nothing was sent");
  const replay = appendEntry(log, { ...entry });
  expect((await open(log, bert, [entry, replay])).map(summary)).toEqual(["einmal", "duplicate"]);
  expect((await open(log, bert, [entry])).map(summary)).toEqual(["duplicate"]);
  expect((await open(log, bert, await send(log, anna, ["weiter"]))).map(summary)).toEqual(["weiter"]);
});

test("every commit is stored alone, the messages between commits together, in the order of the log (P3)", async () => {
  const { circle, anna, bert, log } = await scene();
  await send(log, anna, ["eins", "zwei"]);
  await addAndRemove(log, anna, await addOfficer(circle));
  await send(log, anna, ["drei"]);
  const stored: string[][] = [];
  const result = await bert.e2ee.open(log.room, log.entries.slice(1), async (outcomes) => {
    stored.push(outcomes.map(summary));
  });
  expect(stored).toEqual([["eins", "zwei"], ["commit"], ["commit"], ["drei"]]);
  expect(result.outcome === "opened" && result.entries.map(({ sequence }) => sequence)).toEqual([
    2, 3, 4, 5, 6,
  ]);
});

test("what could not be stored was not consumed: messages open again (P2)", async () => {
  const { anna, bert, log } = await scene();
  const entries = await send(log, anna, ["eins", "zwei"]);
  const full = bert.e2ee.open(log.room, entries, () => Promise.reject(new Error("disk full")));
  await expect(full).rejects.toThrow("disk full");
  expect((await open(log, bert, entries)).map(summary)).toEqual(["eins", "zwei"]);
});

test("a commit that could not be stored comes again, and the tree tells what it did (P2)", async () => {
  const { circle, anna, bert, log } = await scene();
  await addToRoom(log, anna, [await addOfficer(circle)]);
  const entries = log.entries.slice(-1);
  const full = bert.e2ee.open(log.room, entries, () => Promise.reject(new Error("disk full")));
  await expect(full).rejects.toThrow("disk full");
  const devices = await bert.e2ee.devicesOf(log.room.groupId);
  expect(devices).toHaveLength(3);
  expect(await open(log, bert, entries)).toMatchObject([{ outcome: "commit", epoch: 2, devices }]);
});

test("a refusal is stored too", async () => {
  const { anna, bert, log } = await scene();
  const bytes = new Uint8Array(100);
  const entry = appendEntry(log, { kind: "commit", sender: anna.clientId, epoch: 1, bytes, devices: [] });
  const stored: EntryOutcome[] = [];
  await bert.e2ee.open(log.room, [entry], async (outcomes) => {
    stored.push(...outcomes);
  });
  expect(stored.map(summary)).toEqual(["refused: unreadable"]);
});

test("what makes no sense and is doubted is left alone, and what stands behind it opens when it comes again (P4)", async () => {
  const { anna, bert, log } = await scene();
  const [first, second] = await send(log, anna, ["eins", "zwei"]);
  if (!first || !second) throw new Error("two entries");
  const spoilt = { ...first, bytes: first.bytes.slice(0, 80) };
  const stored: string[] = [];
  const tryOpen = (entries: FullEntry[]) =>
    bert.e2ee.open(
      log.room,
      entries,
      async (outcomes) => {
        stored.push(...outcomes.map(summary));
      },
      { own: { isOwn: () => false, commitEpochs: [] }, isFresh: true, isDoubted: () => true },
    );
  expect(await tryOpen([spoilt, second])).toEqual({ outcome: "doubted", sequence: first.sequence });
  const strange = { ...first, kind: "commit" as const };
  expect(await tryOpen([strange, second])).toEqual({ outcome: "doubted", sequence: first.sequence });
  expect(stored).toEqual([]);
  expect(await tryOpen([first, second])).toMatchObject({ outcome: "opened" });
  expect(stored).toEqual(["eins", "zwei"]);
});

test("where a chain is missing nothing behind is consumed, and what stands before it is done", async () => {
  const { circle, anna, log } = await scene();
  const hidden = { cem: true };
  const cem = await addOfficer(circle);
  const dora = await addOfficer(circle, {
    directory: (userId) => (hidden.cem && userId === cem.userId ? undefined : circle.users.get(userId)),
  });
  await addToRoom(log, anna, [dora]);
  const invitation = log.invitations.get(dora.clientId);
  if (!invitation) throw new Error("no invitation");
  await dora.e2ee.joinRoom(invitation);
  const from = log.entries.length;
  await send(log, anna, ["vorher"]);
  await addToRoom(log, anna, [cem]);
  await send(log, anna, ["nachher"]);
  const stored: string[] = [];
  const tryOpen = () =>
    dora.e2ee.open(log.room, log.entries.slice(from), async (outcomes) => {
      stored.push(...outcomes.map(summary));
    });
  expect(await tryOpen()).toEqual({ outcome: "chain-missing", userIds: [cem.userId] });
  expect(stored).toEqual(["vorher"]);
  hidden.cem = false;
  await tryOpen();
  expect(stored.slice(1)).toEqual(["duplicate", "commit", "nachher"]);
});

test("entries of a room that this device is not in open nothing", async () => {
  const { circle, anna, log } = await scene();
  const outsider = await addOfficer(circle);
  await send(log, anna, ["nicht für dich"]);
  expect((await open(log, outsider, log.entries)).map(summary)).toEqual(["removed"]);
});

test.each(["roles", "leave", "refound"] as const)(
  "what stands in the log as %s is never taken for a commit or a message",
  async (kind) => {
    const { anna, bert, log } = await scene();
    await renew(log, anna);
    const [commit] = log.entries.slice(-1);
    if (!commit) throw new Error("Anna has committed");
    expect((await open(log, bert, [{ ...commit, kind }])).map(summary)).toEqual(["refused: wrong-room"]);
    expect(await bert.e2ee.epochOf(log.room.groupId)).toBe(1);
    expect((await open(log, bert, [commit])).map(summary)).toEqual(["commit"]);
  },
);

describe("epochs back", () => {
  test("a message as old as a server takes opens, too, while an own commit is ahead of the log; an older one is known to be too old", async () => {
    const opens = limits.epochsBack + 1;
    const { circle, anna, bert, log } = await scene();
    const messages = [];
    for (let epoch = 0; epoch <= opens; epoch++) {
      const { epoch: sealedIn, sealed } = await sealNow(log, bert, [textContent(`Epoche ${epoch}`)]);
      messages.push({ epoch: sealedIn, bytes: sealed[0] ?? new Uint8Array() });
      await addToRoom(log, anna, [await addOfficer(circle)]);
      await open(log, bert, log.entries.slice(-1));
    }
    const late = messages.map((message) =>
      appendEntry(log, { kind: "application", sender: bert.clientId, ...message }),
    );
    const [tooOld, ...rest] = (await open(log, anna, late)).map(summary);
    expect(tooOld).toBe("too-old");
    expect(rest).toEqual(messages.slice(1).map((_, index) => `Epoche ${index + 1}`));
  });
});

test("what is sealed is planned at the epoch of the moment; nothing is where this device has been taken out", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert], { roles: [{ userId: bert.userId, role: "moderator" }] });
  await addToRoom(log, anna, [await addOfficer(circle)]);
  const plan = (at: number) => (epoch: number) =>
    epoch === at ? { contents: [textContent("zu spät")], shown: log.devices } : undefined;
  expect(await anna.e2ee.seal(log.room, plan(1))).toEqual({ outcome: "nothing" });
  expect(await anna.e2ee.seal(log.room, plan(2))).toMatchObject({ outcome: "sealed", epoch: 2 });
  await open(log, bert, log.entries.slice(-1));
  await anna.e2ee.changeMembers(
    log.room,
    changeOf({ add: [], remove: [bert.clientId] }),
    submitTo(log, anna),
  );
  await open(log, bert, log.entries.slice(-1));
  expect(await bert.e2ee.seal(log.room, plan(2))).toEqual({ outcome: "gone" });
  const change = changeOf({ add: [], remove: [anna.clientId] });
  expect(await bert.e2ee.changeMembers(log.room, change, submitTo(log, bert))).toEqual({
    outcome: "lost",
  });
});

describe("gaps within an epoch (M12)", () => {
  const jump = limits.maxGenerationJump;

  test(`${jump} missing messages of one sender are stepped over, more are a refusal and cost no time`, async () => {
    const { circle, anna, bert, log } = await scene();
    const mallory = await addForger(circle);
    await letForgerIn(log, anna, mallory);
    await open(log, bert, log.entries.slice(-1));
    const append = (bytes: Uint8Array) =>
      appendEntry(log, { kind: "application", sender: mallory.clientId, epoch: 2, bytes });
    const texts: Uint8Array[] = [];
    for (let made = 0; made < 2 * jump + 3; made++) texts.push(await forgeText(mallory, `Nummer ${made}`));
    const at = (index: number) => append(texts[index] ?? new Uint8Array());
    expect((await open(log, bert, [at(jump)])).map(summary)).toEqual([`Nummer ${jump}`]);
    expect((await open(log, bert, [at(2 * jump + 2)])).map(summary)).toEqual(["duplicate"]);
    expect((await open(log, bert, [at(2 * jump + 1)])).map(summary)).toEqual([`Nummer ${2 * jump + 1}`]);
  });
});

test("in a channel a reader's message is refused under its name, and whoever may write is read", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const cem = await addOfficer(circle);
  const roles = [{ userId: bert.userId, role: "member" as const }];
  const log = await makeRoom(circle, anna, [bert, cem], { kind: "channel", roles });
  expect(await open(log, anna, await send(log, cem, ["darf nicht"]))).toMatchObject([
    { outcome: "refused", reason: "not-permitted", by: cem.clientId },
  ]);
  expect((await open(log, anna, await send(log, bert, ["darf"]))).map(summary)).toEqual(["darf"]);
});

test("where the owner of a channel is gone whoever follows writes (M4)", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const cem = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert, cem], { kind: "channel" });
  log.room = { ...log.room, leaving: [anna.userId] };
  expect((await open(log, cem, await send(log, bert, ["folgt"]))).map(summary)).toEqual(["folgt"]);
  expect((await open(log, bert, await send(log, cem, ["folgt nicht"]))).map(summary)).toEqual([
    "refused: not-permitted",
  ]);
});
