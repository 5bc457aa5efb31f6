/** Opening the log: runs, repeats, what is stored when, and how far back and forward messages still open. */
import { limits } from "@nimes/protocol/limits";
import { addForger, forgeText, letForgerIn } from "@nimes/testing/e2ee/forger";
import {
  addToRoom,
  appendEntry,
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
  const change = { add: [], remove: [other.clientId] };
  await by.e2ee.changeMembers(log.room, change, submitTo(log, by.clientId));
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

test("what could not be stored was not consumed: a commit is processed again (P2)", async () => {
  const { circle, anna, bert, log } = await scene();
  await addToRoom(log, anna, [await addOfficer(circle)]);
  const entries = log.entries.slice(-1);
  const full = bert.e2ee.open(log.room, entries, () => Promise.reject(new Error("disk full")));
  await expect(full).rejects.toThrow("disk full");
  expect(await bert.e2ee.epochOf(log.room.roomId)).toBe(1);
  expect((await open(log, bert, entries)).map(summary)).toEqual(["commit"]);
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

test("where a chain is missing nothing is consumed, not even what stands before it", async () => {
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
  expect(stored).toEqual([]);
  hidden.cem = false;
  await tryOpen();
  expect(stored).toEqual(["vorher", "commit", "nachher"]);
});

test("entries of a room that this device is not in are refused one by one", async () => {
  const { circle, anna, log } = await scene();
  const outsider = await addOfficer(circle);
  await send(log, anna, ["nicht für dich"]);
  expect((await open(log, outsider, log.entries)).map(summary)).toEqual([
    "refused: wrong-room",
    "refused: wrong-room",
  ]);
});

describe("epochs back", () => {
  test(`a message of ${limits.epochsBack} epochs before opens, an older one is known to be too old`, async () => {
    const { circle, anna, bert, log } = await scene();
    const messages = [];
    for (let epoch = 0; epoch <= limits.epochsBack; epoch++) {
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

test("nothing is sealed at an epoch that is over, nor in a room that this device has been taken out of", async () => {
  const circle = await makeCircle();
  const anna = await addOfficer(circle);
  const bert = await addOfficer(circle);
  const log = await makeRoom(circle, anna, [bert], { roles: [{ userId: bert.userId, role: "moderator" }] });
  await addToRoom(log, anna, [await addOfficer(circle)]);
  expect(await anna.e2ee.seal(log.room, [textContent("zu spät")], 1)).toBeUndefined();
  await open(log, bert, log.entries.slice(-1));
  await anna.e2ee.changeMembers(log.room, { add: [], remove: [bert.clientId] }, submitTo(log, anna.clientId));
  await open(log, bert, log.entries.slice(-1));
  expect(await bert.e2ee.seal(log.room, [textContent("zu spät")], 2)).toBeUndefined();
  const change = { add: [], remove: [anna.clientId] };
  expect(await bert.e2ee.changeMembers(log.room, change, submitTo(log, bert.clientId))).toEqual({
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
