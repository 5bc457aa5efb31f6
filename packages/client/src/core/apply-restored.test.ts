import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import { digestOf, hashBehind } from "@nimes/protocol/entry";
import type { MessageId, SubmissionId } from "@nimes/protocol/ids";
import { groupIdOf, userOf } from "@nimes/protocol/ids";
import { anna, bernd, knowledge, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { applyEntries, type Judged } from "./apply-entries.ts";
import { isTakenBack, takenBack } from "./apply-restored.ts";
import type { RoomRecord } from "./room-record.ts";

const start = (part: Partial<RoomRecord> = {}): RoomRecord =>
  room({
    cursor: 9,
    devices: [anna, bernd],
    senders: { [bernd]: { counter: 4, forked: false, since: 3 } },
    ...part,
  });
const entry = (part: Partial<RestoredEntry> = {}): RestoredEntry => ({
  sequence: 1_000_005,
  kind: "restored",
  time: 1_000,
  from: 5,
  groupId: fromHex(start().stand.groupId),
  epoch: start().stand.epoch,
  rolesVersion: 1,
  ...part,
});
const restored = (given: RestoredEntry = entry()): Judged => ({
  entry: given,
  outcome: { outcome: "restored", entry: given },
});
/** From Bernd. @param seen where Bernd stood. */
const message = (sequence: number, seen: { sequence: number; hash: Uint8Array }): Judged => ({
  entry: {
    ...{ sequence, kind: "application", epoch: 1, sender: bernd, time: 1_000, bytes: Uint8Array.of(1) },
    submissionId: "1".repeat(32) as SubmissionId,
  },
  outcome: {
    ...{ outcome: "content", sequence, sender: bernd },
    content: {
      messageId: "1".repeat(32) as MessageId,
      time: 5,
      counter: 9,
      seen,
      roles: { version: 1, hash: room().roles.hash },
      body: { kind: "text", text: "weiter" },
    },
  },
});

test("counters and hash begin anew behind a restored backup, and one line says so (F14)", () => {
  const before = start();
  const applied = applyEntries(before, [restored()], knowledge);
  expect(applied.room).toMatchObject({
    cursor: 1_000_005,
    lost: { from: 5, until: 1_000_005, rolesVersion: 1 },
    restored: { sequence: 1_000_005, before: { cursor: 9 } },
    senders: { [bernd]: { counter: null, since: 3 } },
  });
  // Whatever stood before: some have more of it than others.
  expect(applied.room.hash).toEqual(hashBehind(new Uint8Array(32), entry()));
  expect(applied.items.map(({ item }) => item.kind === "notice" && item.notice)).toEqual([
    { type: "restored" },
  ]);
});

test("where the group has gone on since the backup, or may have, it is compared or founded anew; not whom it concerns no more (F14)", () => {
  const stand = { ...start().stand, epoch: 3 };
  const older = entry({ epoch: 2 });
  const answered = { sequence: older.sequence, digest: digestOf(older), epoch: 2 };
  expect(applyEntries(start({ stand }), [restored(older)], knowledge).room.trouble).toMatchObject({
    kind: "rewound",
    entry: answered,
  });
  const other = entry({ groupId: new Uint8Array(32).fill(7), epoch: 9 });
  expect(applyEntries(start({ stand }), [restored(other)], knowledge).room.trouble?.kind).toBe("rewound");
  // Of the same epoch, and perhaps behind another commit.
  const alike = (from: number) => entry({ from, epoch: stand.epoch });
  expect(applyEntries(start({ stand }), [restored(alike(8))], knowledge).room.trouble?.kind).toBe("rewound");
  expect(applyEntries(start({ stand }), [restored(alike(9))], knowledge).room.trouble).toBeUndefined();
  const left = start({ stand, standing: { state: "left" } });
  expect(applyEntries(left, [restored(older)], knowledge).room.trouble).toBeUndefined();
});

test("a commit of an epoch that the group has left does not end it: it may lead elsewhere (F14)", () => {
  const stand = { ...start().stand, epoch: 3 };
  const older = entry({ epoch: 2 });
  const commit: Judged = {
    entry: {
      ...{
        sequence: 1_000_006,
        kind: "commit",
        epoch: 2,
        sender: bernd,
        time: 1_000,
        bytes: Uint8Array.of(1),
      },
      submissionId: "1".repeat(32) as SubmissionId,
    },
    outcome: { outcome: "commit", sequence: 1_000_006, epoch: 3, devices: [anna, bernd] },
  };
  const { room: behind } = applyEntries(start({ stand }), [restored(older), commit], knowledge);
  expect(behind.trouble?.kind).toBe("rewound");
});

test("what was sealed in the group of the backup meanwhile is asked for, and what this device has sealed is sent again behind the new group (F14, P4)", () => {
  const stand = { ...start().stand, epoch: 3 };
  const { entry: sealed } = message(1_000_006, { sequence: 9, hash: start().hash });
  const refused: Judged = {
    entry: sealed,
    outcome: { outcome: "refused", sequence: 1_000_006, reason: "unreadable" },
  };
  const waiting = applyEntries(start({ stand }), [restored(entry({ epoch: 2 })), refused], knowledge);
  expect(waiting.room.missing).toEqual([{ sequence: 1_000_006, sender: bernd }]);
  expect(waiting.items.map(({ item }) => item.kind === "notice" && item.notice.type)).toEqual(["restored"]);
  const refounded: Judged = {
    entry: { ...sealed, sequence: 1_000_007, kind: "refound" } as Entry,
    outcome: {
      ...{
        outcome: "refounded",
        groupId: groupIdOf(new Uint8Array(32).fill(5)),
        author: bernd,
        without: null,
      },
      ...{ commit: new Uint8Array(32), leaders: undefined },
    },
  };
  const behind = applyEntries(waiting.room, [refounded], knowledge).room;
  expect(behind.lost).toMatchObject({ from: 5, until: 1_000_007 });
});

test("it is the server's word until a member's sealed message has seen the same, and no other (F14)", () => {
  const { hash } = applyEntries(start(), [restored()], knowledge).room;
  const behind = (seen: { sequence: number; hash: Uint8Array }) =>
    applyEntries(start(), [restored(), message(1_000_006, seen)], knowledge).room;
  expect(behind({ sequence: 1_000_005, hash }).restored).toBeUndefined();
  expect(behind({ sequence: 9, hash: start().hash }).restored).toBeDefined();
  expect(behind({ sequence: 1_000_005, hash: new Uint8Array(32) }).restored).toBeDefined();
});

test("a server that shows what it said to have lost takes it back, and the room is what it was (F14)", () => {
  const trouble = { kind: "stranded" as const, since: 1 };
  for (const part of [{}, { trouble }]) {
    const before = start(part);
    const older = entry({ groupId: new Uint8Array(32).fill(7) });
    const { room: now } = applyEntries(before, [restored(older)], knowledge);
    const shown = (sequence: number): Entry[] => [
      message(sequence, { sequence: 9, hash: before.hash }).entry,
    ];
    expect(isTakenBack(now, shown(11))).toBe(false);
    expect(isTakenBack(now, [older])).toBe(false);
    expect(isTakenBack(now, shown(10))).toBe(true);
    const { lastTime: _, ...after } = takenBack(now);
    expect(after).toEqual(before);
  }
});

test("what stood behind an entry that is taken back holds up nothing: read, asked for and shown last is what really comes; own messages go again (F14, P4)", () => {
  const sealed = message(1_000_006, { sequence: 9, hash: start().hash });
  const { room: behind } = applyEntries(start(), [restored(), sealed], knowledge);
  // It has been sent again already.
  const { lost: _, ...rest } = behind;
  const now: RoomRecord = {
    ...rest,
    readUpTo: 1_000_006,
    delivered: 1_000_006,
    answered: { [bernd]: 1_000_006 },
    missing: [4, 1_000_006].map((sequence) => ({ sequence, sender: bernd })),
    asked: { places: [3, 1_000_005].map((sequence) => ({ sequence, sender: bernd })), at: 1 },
  };
  expect(now.last?.sequence).toBe(1_000_006);
  const back = takenBack(now);
  expect(back).toMatchObject({
    cursor: 9,
    readUpTo: 9,
    delivered: 9,
    answered: { [bernd]: 9 },
    missing: [{ sequence: 4 }],
    asked: { places: [{ sequence: 3 }], at: 1 },
    last: { sequence: 9 },
    // What this device was shown of itself there may stand nowhere else.
    lost: { from: 9, until: 1_000_007 },
  });
  const { entry: next } = message(10, { sequence: 9, hash: start().hash });
  const refounded: Judged = {
    entry: next,
    outcome: {
      ...{ outcome: "refounded", groupId: groupIdOf(new Uint8Array(32).fill(8)), author: bernd },
      ...{ without: null, commit: new Uint8Array(32), leaders: undefined },
    },
  };
  expect(applyEntries(back, [refounded], knowledge).room.lost?.until).toBe(1_000_007);
});

test("a leaving counts once, also where its epoch comes back; one that is taken back has not counted (M6, F14)", () => {
  const leaving = new Uint8Array(32).fill(6);
  const leave = (sequence: number): Judged => ({
    entry: { ...message(sequence, { sequence: 9, hash: start().hash }).entry, kind: "leave" } as Entry,
    outcome: { outcome: "leave", userId: userOf(bernd), leaving },
  });
  const isKnownBytes = (hash: Uint8Array): boolean => equalBytes(hash, leaving);
  const shownAgain = applyEntries(start(), [restored(), leave(1_000_006)], { ...knowledge, isKnownBytes });
  expect(shownAgain.room).toMatchObject({ leaving: [], cursor: 1_000_006 });
  const counted = applyEntries(start(), [restored(), leave(1_000_006)], knowledge);
  expect(counted.room.leaving).toEqual([userOf(bernd)]);
  expect(counted.log.at(-1)?.bytesHash).toEqual(leaving);
  expect(takenBack(counted.room).leaving).toEqual([]);
});

test("restored twice, what stood before the first time counts (F14)", () => {
  const again = entry({ sequence: 3_000_005, from: 1_000_005 });
  const { room: now } = applyEntries(start(), [restored(), restored(again)], knowledge);
  expect(now.restored).toMatchObject({ sequence: 3_000_005, before: { cursor: 9 } });
  expect(now.lost).toEqual({ from: 5, until: 3_000_005, rolesVersion: 1 });
});

test("whoever was taken out and added since is not taken for somebody who was there all along, when it is taken back (P9)", () => {
  const { room: now } = applyEntries(start(), [restored()], knowledge);
  const sender = now.senders[bernd];
  if (!sender) throw new Error("Bernd has written");
  const added = { ...now, senders: { ...now.senders, [bernd]: { ...sender, counter: 0, since: 1_000_009 } } };
  expect(takenBack(added).senders[bernd]).toMatchObject({ since: 1_000_009 });
});
