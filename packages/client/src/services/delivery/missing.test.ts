import { encodeCbor } from "@nimes/protocol/cbor";
import { decodeBody } from "@nimes/protocol/content/content";
import type { Body } from "@nimes/protocol/content/kinds";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, MessageId, SubmissionId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { anna, bernd, clara, knowledge, room, roomId } from "@nimes/testing/client/room";
import { type Crash, crashOf } from "@nimes/testing/network/crash";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import { createMemoryStorage } from "../../adapters/node/memory-storage.ts";
import { type CapsuleKeys, deriveCapsuleKeys, randomSecret } from "../../capsule/keys.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import { applyEntries, ownMessageIndex } from "../../core/apply-entries.ts";
import type { OutboxRecord } from "../../core/outbox-record.ts";
import type { OwnCommit, RoomRecord } from "../../core/room-record.ts";
import { unseenSender } from "../../core/sender-check.ts";
import type { StoredItem } from "../../core/stored-item.ts";
import type { OwnUnseen } from "../../kinds/kinds.ts";
import type { Storage } from "../../ports/storage.ts";
import type { Write } from "../../ports/store.ts";
import { loadRoomRecords } from "../rooms/room-records.ts";
import { createMissing } from "./missing.ts";
import { loadOutbox, type OutboxNeeds } from "./outbox.ts";

const commit = Uint8Array.of(7);
const addition: OwnCommit = {
  submissionId: "0".repeat(32) as SubmissionId,
  submission: { kind: "application", epoch: 1, bytes: commit },
  hash: sha256(commit),
  epoch: 1,
  before: [anna, bernd],
};
const written: Extract<StoredItem, { kind: "message" }> = {
  kind: "message",
  messageId: "1".repeat(32) as MessageId,
  sender: anna,
  at: 1,
  sentAt: 1,
  receivedAt: 1,
  body: { kind: "text", text: "Treffpunkt um vier" },
};

/** Anna has written what stands at 3 and at 6, and the log has shown her up to 4. */
async function scene({
  isHeard = true,
  also = [],
  waiting = [],
  ...part
}: Partial<RoomRecord> & { isHeard?: boolean; also?: Write[]; waiting?: Body[] }) {
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  const store = await openSealedStore(storage, keys);
  const before = room({ cursor: 4, devices: [anna, bernd], ...part });
  await store.write(
    [
      { put: "rooms", key: [roomId], record: before },
      { put: "timeline", key: [roomId, 3, ownMessageIndex], record: written },
      { put: "timeline", key: [roomId, 6, ownMessageIndex], record: written },
      ...also,
    ],
    "strict",
  );
  const rooms = await loadRoomRecords(store);
  const again: (number | undefined)[] = [];
  const bodies: Body[] = [];
  const brought: Uint8Array[] = [];
  const missing = createMissing({
    self: anna,
    store,
    rooms,
    outbox: {
      async compose(_, body, { again: sequence } = {}) {
        again.push(sequence);
        bodies.push(body);
        return written.messageId;
      },
      records: () => waiting.map((body) => ({ body, stage: { at: "waiting" } }) as OutboxRecord),
      composeWith: async () => undefined,
    },
    clock: createManualClock(),
    async bringRoles(_, { payload }) {
      brought.push(payload);
      return isHeard;
    },
  });
  return {
    rooms,
    brought,
    bodies,
    async sentAgain(): Promise<(number | undefined)[]> {
      again.length = 0;
      await missing.sendAgain(roomId);
      return [...again];
    },
    /** The log shows a commit at 5. */
    show: (devices: ClientId[], committer: ClientId, bytes: Uint8Array) =>
      rooms.update(roomId, (now) => {
        const head = {
          sequence: 5,
          epoch: 1,
          sender: committer,
          submissionId: addition.submissionId,
          time: 1,
        };
        const entry = { ...head, kind: "commit" as const, bytes };
        const outcome = { outcome: "commit" as const, sequence: 5, epoch: 2, committer, devices };
        return { room: { ...applyEntries(now, [{ entry, outcome }], knowledge).room, cursor: 6 } };
      }),
    async givenTo(device: ClientId, sequences = [3, 6]): Promise<(number | undefined)[]> {
      again.length = 0;
      await missing.answer(roomId, { device, sequences });
      return [...again];
    },
  };
}

test("whom an own commit adds gets nothing that was written, until the log shows where they came (P9)", async () => {
  const here = await scene({ ownCommits: [addition] });
  await here.rooms.showDevices(roomId, [anna, bernd, clara]);
  expect(await here.givenTo(clara)).toEqual([]);
  // Whoever was there before is given what they could not read.
  expect(await here.givenTo(bernd)).toEqual([3]);
  await here.show([anna, bernd, clara], anna, commit);
  expect(await here.givenTo(clara)).toEqual([6]);
});

test("a device that was taken out and is added again has no claim on what came in between, or before (P9)", async () => {
  const senders = { [clara]: { counter: 3, forked: false, since: 1 } };
  const here = await scene({ senders, ownCommits: [addition] });
  await here.rooms.showDevices(roomId, [anna, bernd, clara]);
  expect(await here.givenTo(clara)).toEqual([]);
});

test("whoever was not seen to come has a claim on what was written behind the next commit of a member (P4)", async () => {
  const here = await scene({});
  await here.rooms.showDevices(roomId, [anna, bernd, clara]);
  await here.show([anna, bernd, clara], bernd, Uint8Array.of(8));
  expect(await here.givenTo(clara)).toEqual([6]);
});

const lost = { from: 2, until: 10, rolesVersion: 1 };

test("own messages that a restored backup has lost go again under their places, once (F14)", async () => {
  const here = await scene({ lost });
  expect(await here.sentAgain()).toEqual([3, 6]);
  expect(here.rooms.get(roomId)?.lost).toBeUndefined();
  expect(await here.sentAgain()).toEqual([]);
  expect(await (await scene({ lost: { ...lost, from: 3 } })).sentAgain()).toEqual([6]);
});

test("none that was written before somebody came goes again, whatever the server says to have lost (P9, F14)", async () => {
  const senders = { [bernd]: { counter: 3, forked: false, since: 5 } };
  expect(await (await scene({ lost, senders })).sentAgain()).toEqual([6]);
  const hidden = { [bernd]: unseenSender };
  expect(await (await scene({ lost, senders: hidden })).sentAgain()).toEqual([]);
});

test("as long as the room cannot go on nothing goes again, but newer roles do, by which it is founded anew (F14)", async () => {
  const entry = { sequence: 10, digest: new Uint8Array(32), epoch: 0, since: 0 };
  const signedRoles = [1, 2, 3].map((version) => ({ payload: Uint8Array.of(version), signatures: [] }));
  const here = await scene({ lost, signedRoles, trouble: { kind: "rewound", entry } });
  expect(await here.sentAgain()).toEqual([]);
  expect(here.brought).toEqual([Uint8Array.of(2), Uint8Array.of(3)]);
  const unheard = await scene({ lost, signedRoles, isHeard: false });
  expect(await unheard.sentAgain()).toEqual([]);
  for (const each of [here, unheard]) expect(each.rooms.get(roomId)?.lost).toEqual(lost);
});

const weekMs = 7 * 24 * 60 * 60_000;

/** The device as it starts, without network, from what is on its disk. */
async function started(storage: Storage, keys: CapsuleKeys) {
  const store = await openSealedStore(storage, keys);
  const rooms = await loadRoomRecords(store);
  const clock = { ...createManualClock(), now: () => weekMs + 2 };
  const offline = { isOnline: () => false, changes: { tell: () => undefined } };
  const needs = { self: anna, store, rooms, clock };
  const outbox = await loadOutbox({ ...needs, ...offline } as unknown as OutboxNeeds);
  return { ...needs, outbox, missing: createMissing({ ...needs, outbox, bringRoles: async () => true }) };
}

test("a device that dies behind any step of asking has asked for all of it, once, and has told what is lost, once (F7)", async () => {
  const places = [3, 6].map((sequence) => ({ sequence, sender: bernd }));
  const asked = { places: [{ sequence: 1, sender: bernd }], at: 1 };
  const before = room({ cursor: 6, devices: [anna, bernd], missing: places, asked });
  for (let at = 1, died = true; died; at += 1) {
    const storage = createMemoryStorage();
    const keys = await deriveCapsuleKeys(randomSecret());
    await storage.write([await firstSnapshot(keys)], "strict");
    const store = await openSealedStore(storage, keys);
    await store.write([{ put: "rooms", key: [roomId], record: before }], "strict");
    const crash = crashOf({ storage } as unknown as Crash["ports"], "behind");
    crash.arm(at);
    const mortal = await started(crash.ports.storage, keys);
    await Promise.race([mortal.missing.ask(roomId), crash.died]);
    died = crash.isDead();
    const again = await started(storage, keys);
    await again.missing.ask(roomId);
    const waiting = again.outbox.records(roomId).map(({ body }) => body);
    expect(waiting, `dead at step ${at}`).toEqual([{ kind: "ask-again", sequences: [3, 6] }]);
    expect(again.rooms.get(roomId)?.asked?.places).toEqual(places);
    const told = await again.store.list("timeline", { prefix: [roomId] });
    expect(told.map(({ record }) => record)).toEqual([
      expect.objectContaining({ kind: "notice", notice: { type: "loss", count: 1 } }),
    ]);
  }
});

test("what is asked for and has no room any more beside what is missing now is told as lost, and never dropped without a word (P4)", async () => {
  const placesFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ sequence: first + at, sender: bernd }));
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  const store = await openSealedStore(storage, keys);
  const asked = { places: placesFrom(1, limits.maxAskedAgain), at: weekMs };
  const missing = placesFrom(1_001, 2);
  const before = room({ cursor: 2_000, devices: [anna, bernd], missing, asked });
  await store.write([{ put: "rooms", key: [roomId], record: before }], "strict");
  const here = await started(storage, keys);
  await here.missing.ask(roomId);
  expect(here.rooms.get(roomId)?.asked?.places).toEqual([...asked.places.slice(2), ...missing]);
  const told = await here.store.list("timeline", { prefix: [roomId] });
  expect(told.map(({ record }) => record)).toEqual([
    expect.objectContaining({ kind: "notice", notice: { type: "loss", count: 2 } }),
  ]);
});

test("as long as somebody's coming is not shown, what was lost stays to be sent again (F14, P9)", async () => {
  const lost = { from: 2, until: 1_000_000, rolesVersion: 1 };
  const here = await scene({ devices: [anna, bernd, clara], senders: { [clara]: unseenSender }, lost });
  expect(await here.sentAgain()).toEqual([]);
  expect(here.rooms.get(roomId)?.lost).toEqual(lost);
});

const target = "2".repeat(32) as MessageId;
const other = "3".repeat(32) as MessageId;
const unseen = (digit: string, sequence: number, own: OwnUnseen): Write => ({
  put: "messages",
  key: [roomId, digit.repeat(32) as MessageId],
  record: { sequence, index: ownMessageIndex, sender: anna, unseen: true, own },
});
/** Bernd's message stands at 1, with what Anna has put on it in the end; what she marked at 5 has ended. */
const marked: Write[] = [
  { put: "messages", key: [roomId, target], record: { sequence: 1, index: 1, sender: bernd } },
  {
    put: "timeline",
    key: [roomId, 1, 1],
    record: {
      ...written,
      messageId: target,
      sender: bernd,
      marks: {
        reaction: [
          [userOf(bernd), "😀"],
          [userOf(anna), "❤️"],
        ],
      },
    },
  },
  unseen("a", 2, { kind: "reaction", target }),
  unseen("b", 4, { kind: "reaction", target }),
  unseen("c", 5, { kind: "reaction", target: other }),
  unseen("d", 7, { kind: "room-profile" }),
  unseen("e", 8, { kind: "ask-again" }),
];
const heart = { kind: "reaction", to: target, emoji: "❤️" };

test("whoever asks for what stands in no row is given what counts now, whatever it was (P4)", async () => {
  const asked = { places: [{ sequence: 9, sender: bernd }], at: 1 };
  const here = await scene({ also: marked, cursor: 9, asked });
  const sequences = [1, 2, 4, 5, 7, 8];
  expect(await here.givenTo(bernd, sequences)).toEqual([2, 4, 5, 7, 8]);
  expect(here.bodies).toEqual([
    heart,
    heart,
    { kind: "reaction", to: other },
    { kind: "room-profile", name: "Lage" },
    { kind: "ask-again", sequences: [9] },
  ]);
  for (const body of here.bodies) expect(decodeBody(encodeCbor(body)).ok).toBe(true);
});

test("a reaction that is changed and waits is what whoever asks is given, so that it does not come back (P4)", async () => {
  const thumb: Body = { kind: "reaction", to: target, emoji: "👍" };
  const here = await scene({ also: marked, cursor: 9, waiting: [thumb] });
  expect(await here.givenTo(bernd, [2])).toEqual([2]);
  expect(here.bodies).toEqual([thumb]);
});

test("of own reactions that a restored backup has lost the last on each message goes again (F14)", async () => {
  const here = await scene({ also: marked, lost: { from: 1, until: 7, rolesVersion: 1 } });
  expect(await here.sentAgain()).toEqual([3, 6, 4, 5]);
  expect(here.bodies.slice(2)).toEqual([heart, { kind: "reaction", to: other }]);
});
