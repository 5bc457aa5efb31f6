/** The directory under a server that lies: whatever it leaves out, doubles, swaps or makes up, nothing of it stays (§1, §2). */

import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { claimOf } from "@nimes/protocol/claimed";
import type { UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { granted } from "@nimes/testing/e2ee/test-device";
import { createManualClock, type ManualClock } from "@nimes/testing/network/manual-clock";
import type { TestDevice, TestLetter, TestOrganisation } from "@nimes/testing/organisation";
import {
  activateDevice,
  attestAgain,
  directoryEntryOf,
  enrolAgain,
  enrolOfficer,
  generationOf,
  makeOrganisation,
  newSigner,
  publishManifest,
  signTransfer,
} from "@nimes/testing/organisation";
import { beforeEach, expect, test } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import type { Store } from "../../ports/store.ts";
import type { Session } from "../connection/session.ts";
import type { DirectoryService } from "./directory.ts";
import { loadDirectory } from "./directory.ts";
import type { Organisation } from "./organisation.ts";

type Page = { entries: DirectoryEntry[]; head: number };
const day = 24 * 60 * 60_000;

let organisation: TestOrganisation;
let clock: ManualClock;
let store: Store;
/** What an honest server has. */
let truth: DirectoryEntry[];
/** What this one makes of its answer; `undefined` when it gives none. */
let lie: ((page: Page, after: number) => Page | undefined) | undefined;
let manifestsAreThere: boolean;
let asked: number;
let told: { newDevices: UserId[]; changedUnit: UserId[]; changedDevices: UserId[] };
let verified: VerifiedOrganisation;
const listeners = new Set<() => void>();

beforeEach(async () => {
  organisation = await makeOrganisation();
  clock = createManualClock(organisation.madeAt);
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  store = await openSealedStore(storage, keys);
  truth = [];
  lie = undefined;
  manifestsAreThere = true;
  asked = 0;
  verified = await today();
  listeners.clear();
});
const today = async () => granted(await verifyOrganisation(organisation.rootHash, organisation.manifests));

const fakeOrganisation = (): Organisation => ({
  current: () => verified,
  async sync() {
    if (!manifestsAreThere) return refuse("no-network");
    const next = await today();
    if (next.head.version === verified.head.version) return ok("same");
    verified = next;
    for (const listener of listeners) listener();
    return ok("newer");
  },
  onNewer(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
});

function honestPage(after: number): Page {
  const entries = truth
    .filter(({ sequence }) => sequence > after)
    .sort((a, b) => a.sequence - b.sequence)
    .slice(0, limits.maxDirectoryPage);
  return { entries, head: Math.max(0, ...truth.map(({ sequence }) => sequence)) };
}

async function load(): Promise<DirectoryService> {
  told = { newDevices: [], changedUnit: [], changedDevices: [] };
  const call = async (_route: unknown, { query }: { query: { after: string } }) => {
    asked += 1;
    const page = honestPage(Number(query.after));
    const answer = lie ? lie(page, Number(query.after)) : page;
    return answer ? ok(answer) : refuse("no-network");
  };
  return loadDirectory({
    store,
    clock,
    organisation: fakeOrganisation(),
    session: { call } as unknown as Session,
    changes: { tell: () => undefined, subscribe: () => () => undefined, close: () => undefined },
    onNewDevices: (userIds) => told.newDevices.push(...userIds),
    onChangedUnit: (userIds) => told.changedUnit.push(...userIds),
    onChangedDevices: (userIds) => told.changedDevices.push(...userIds),
    failed(error) {
      throw error;
    },
  });
}

type Known = { letter: TestLetter; device: TestDevice; userId: UserId };
/** An officer with a device, in the server's directory. */
async function officer(displayName: string): Promise<Known> {
  const letter = await enrolOfficer(organisation, { displayName });
  const device = await activateDevice(letter);
  put(directoryEntryOf(letter, device));
  return { letter, device, userId: letter.userId };
}
function put(entry: DirectoryEntry): void {
  const sequence = Math.max(0, ...truth.map((one) => one.sequence)) + 1;
  truth = [...truth.filter(({ userId }) => userId !== entry.userId), { ...entry, sequence }];
}
const namesIn = async (directory: DirectoryService): Promise<string[]> =>
  (await directory.users()).map(({ displayName }) => displayName).sort();
/** The server is honest from now on, and some time passes. */
async function heal(directory: DirectoryService): Promise<void> {
  lie = undefined;
  manifestsAreThere = true;
  clock.advance(2 * day);
  granted(await directory.sync());
}
/** As if the app had been closed and opened. */
const reopened = load;

test.each<[string, (page: Page, after: number) => Page | undefined]>([
  ["an enormous number", ({ entries }) => page(entries, limits.maxSignedNumber, true)],
  ["an enormous head", ({ entries }) => page(entries, limits.maxSignedNumber)],
  ["a head below what it has shown", ({ entries }) => page(entries, 0)],
  ["an empty page", ({ head }) => page([], head)],
  ["nothing at all", () => page([], 0)],
  ["a page without its middle", ({ entries, head }) => page(entries.toSpliced(1, 1), head)],
  ["a page in another order", ({ entries, head }) => page(entries.toReversed(), head)],
  ["the first page over and over", () => honestPage(0)],
  ["every entry twice", ({ entries, head }) => page([...entries, ...entries], head)],
  [
    "numbers that count down",
    ({ entries, head }) =>
      page(
        renumber(entries, (_, at) => 9 - at),
        head,
      ),
  ],
  [
    "one number for all",
    ({ entries, head }) =>
      page(
        renumber(entries, () => 3),
        head,
      ),
  ],
  ["entries under each other's names", ({ entries, head }) => page(swapped(entries), head)],
  ["no answer", () => undefined],
])("%s keeps nobody out for good, also after it was stored", async (_name, made) => {
  const people = [await officer("Anna"), await officer("Bernd"), await officer("Clara")];
  lie = made;
  await (await load()).sync();
  // The app is opened again; the server is honest now, and somebody comes.
  lie = undefined;
  const directory = await reopened();
  await officer("Dora");
  granted(await directory.sync());
  await heal(directory);
  await directory.prove(people.map(({ userId }) => userId));
  expect(await namesIn(directory)).toEqual(["Anna", "Bernd", "Clara", "Dora"]);
});

const page = (entries: DirectoryEntry[], head: number, alsoLast = false): Page => ({
  entries: alsoLast
    ? entries.map((one, at) => (at === entries.length - 1 ? { ...one, sequence: head } : one))
    : entries,
  head,
});
const renumber = (entries: DirectoryEntry[], number: (entry: DirectoryEntry, at: number) => number) =>
  entries.map((entry, at) => ({ ...entry, sequence: number(entry, at) }));
const swapped = (entries: DirectoryEntry[]): DirectoryEntry[] =>
  entries.map((entry, at) => ({
    ...entry,
    userId: entries[(at + 1) % entries.length]?.userId ?? entry.userId,
  }));

test("pages without end come to an end, and hints that bring nothing are followed less and less", async () => {
  const { letter, device } = await officer("Anna");
  lie = (_page, after) => ({
    entries: [{ ...directoryEntryOf(letter, device), sequence: after + 1 }],
    head: limits.maxSignedNumber,
  });
  const directory = await load();
  granted(await directory.sync());
  expect(asked).toBeLessThan(2_100);
  lie = undefined;
  granted(await directory.sync());
  asked = 0;
  for (let number = 1; number <= 600; number += 1) {
    directory.hint(claimOf(limits.maxSignedNumber - number));
    clock.advance(1_000);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  expect(asked).toBeLessThan(40);
});

test("a change that was told and could not be fetched is fetched without being told again", async () => {
  const directory = await load();
  await officer("Anna");
  lie = () => undefined;
  directory.hint(claimOf(1));
  const askedAfter = (): number => {
    clock.advance(60_000);
    return asked;
  };
  await expect.poll(askedAfter).toBeGreaterThan(2);
  lie = undefined;
  const namesAfter = (): Promise<string[]> => {
    clock.advance(60_000);
    return namesIn(directory);
  };
  await expect.poll(namesAfter).toEqual(["Anna"]);
  directory.close();
});

test("an entry that could not be judged is tried again: the position waits for the manifest", async () => {
  const desk = await newSigner();
  const [first] = organisation.manifest.deskKeys;
  if (!first) throw new Error("a desk");
  const directory = await load();
  await officer("Anna");
  await publishManifest(organisation, {
    deskKeys: [...organisation.manifest.deskKeys, { ...first, key: desk.publicKey }],
  });
  const letter = await enrolOfficer(organisation, { displayName: "Bernd", desk });
  put(directoryEntryOf(letter, await activateDevice(letter)));
  manifestsAreThere = true;
  // The manifests are not to be had in the middle of it.
  const page = lie;
  lie = (answer) => {
    manifestsAreThere = false;
    return answer;
  };
  verified = granted(await verifyOrganisation(organisation.rootHash, organisation.manifests.slice(0, 1)));
  const older = organisation.manifests;
  organisation.manifests = older.slice(0, 1);
  expect(await directory.sync()).toEqual({ ok: false, code: "no-network" });
  expect(await namesIn(directory)).toEqual(["Anna"]);
  lie = page;
  manifestsAreThere = true;
  organisation.manifests = older;
  granted(await directory.sync());
  expect(await namesIn(directory)).toEqual(["Anna", "Bernd"]);
  expect(directory.isSound()).toBe(true);
});

test("whoever nobody has attested is refused, shown, and not kept (D6)", async () => {
  const directory = await load();
  const letter = await enrolOfficer(organisation, { displayName: "Niemand", desk: await newSigner() });
  put(directoryEntryOf(letter, await activateDevice(letter)));
  await officer("Anna");
  granted(await directory.sync());
  expect(await namesIn(directory)).toEqual(["Anna"]);
  expect(directory.isSound()).toBe(false);
  granted(await directory.prove([letter.userId]));
  expect(directory.lookup(letter.userId)).toBe("unprovable");
});

test("a device that was seen as ended has ended, whatever the directory leaves out later, and whatever clocks say", async () => {
  const { letter, device, userId } = await officer("Anna");
  const directory = await load();
  granted(await directory.sync());
  const next = await enrolAgain(letter);
  // The clock of the new phone runs a week ahead.
  const fresh = await activateDevice(next, { time: organisation.madeAt + 7 * day });
  put({ ...directoryEntryOf(next, fresh), former: [generationOf(letter, device)] });
  granted(await directory.sync());
  expect(told).toMatchObject({ newDevices: [userId], changedDevices: [userId] });
  for (const former of [undefined, []] as const) {
    const { former: _, ...entry } = { ...directoryEntryOf(next, fresh), ...(former && { former }) };
    put(entry);
    granted(await directory.sync());
    for (const now of [directory, await reopened()]) {
      expect(now.isEnded(device.clientId)).toBe(true);
      expect(now.isEnded(fresh.clientId)).toBe(false);
      expect(now.user(userId)?.devices.map(({ clientId }) => clientId)).toEqual([fresh.clientId]);
    }
  }
  // Below a generation that was seen nothing comes back (D2).
  put(directoryEntryOf(letter, device));
  granted(await directory.sync());
  expect(directory.isEnded(device.clientId)).toBe(true);
  expect(directory.isSound()).toBe(false);
});

test("when the manifest changes, everybody is judged anew at once, and what changed is told once", async () => {
  const { letter, device, userId } = await officer("Anna");
  const directory = await load();
  granted(await directory.sync());
  const desk = await newSigner();
  const deskKeys = organisation.manifest.deskKeys.map((one, at) =>
    at === 0 ? { ...one, key: desk.publicKey } : one,
  );
  await publishManifest(organisation, { deskKeys });
  granted(await directory.sync());
  expect(await namesIn(directory)).toEqual([]);
  expect(directory.isEnded(device.clientId)).toBe(true);
  expect(directory.lookup(userId)).toMatchObject({
    attested: false,
    revoked: [{ clientId: device.clientId }],
  });
  await settled(() => told.changedDevices.length > 0);
  expect(told).toEqual({ newDevices: [], changedUnit: [], changedDevices: [userId] });
  const again = await attestAgain(letter, desk);
  put({ ...directoryEntryOf(again, device), again: [letter.signedAttestation] });
  granted(await directory.sync());
  expect(directory.isEnded(device.clientId)).toBe(false);
  const later = await reopened();
  later.start();
  await settled(() => true);
  expect(told).toEqual({ newDevices: [], changedUnit: [], changedDevices: [] });
  expect(await namesIn(later)).toEqual(["Anna"]);
});

test("another unit is told, also when it changed while the app was closed", async () => {
  const { letter, device, userId } = await officer("Anna");
  granted(await (await load()).sync());
  const [celle, hannover] = organisation.units;
  if (!celle || !hannover) throw new Error("two stations");
  const transfer = await signTransfer(letter, celle.desk, { to: hannover.unitId });
  const next = await enrolAgain(letter, { unitId: hannover.unitId });
  const fresh = await activateDevice(next, { time: organisation.madeAt + 1 });
  put({ ...directoryEntryOf(next, fresh), transfer, former: [generationOf(letter, device)] });
  const directory = await reopened();
  granted(await directory.sync());
  expect(told).toMatchObject({ newDevices: [userId], changedUnit: [userId] });
  expect(directory.user(userId)?.unitId).toBe(hannover.unitId);
});

test("the first genesis of a letter stays, whatever second one the server shows (D11, D4)", async () => {
  const { letter, device, userId } = await officer("Anna");
  const directory = await load();
  granted(await directory.sync());
  const thief = await activateDevice(letter);
  put(directoryEntryOf(letter, thief));
  granted(await directory.sync());
  expect(directory.user(userId)?.devices.map(({ clientId }) => clientId)).toEqual([device.clientId]);
  expect(directory.isShown(userId, device.genesis.payload)).toBe(true);
  expect(directory.isShown(userId, thief.genesis.payload)).toBe(false);
  expect(directory.isSound()).toBe(false);
});

test("the same entry again costs nothing: no signature is checked, nothing is written", async () => {
  for (const name of ["Anna", "Bernd"]) await officer(name);
  const directory = await load();
  granted(await directory.sync());
  let verifications = 0;
  const { verify } = crypto.subtle;
  crypto.subtle.verify = (...args: Parameters<typeof verify>) => {
    verifications += 1;
    return verify.apply(crypto.subtle, args);
  };
  try {
    lie = (_page, after) => (after === 0 ? honestPage(0) : { ...honestPage(0), head: 2 });
    granted(await directory.sync());
    await heal(directory);
  } finally {
    crypto.subtle.verify = verify;
  }
  // Only those of the manifests, once for each look.
  expect(verifications).toBe(organisation.manifests.length * 2);
});

async function settled(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    clock.advance(1);
    await new Promise(setImmediate);
  }
  expect(isSo()).toBe(true);
}
