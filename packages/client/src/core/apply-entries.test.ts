import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { OpenedContent } from "@nimes/protocol/content/content";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { digestOf, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, MessageId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { groupIdOf, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { anna, bernd, clara, knowledge, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { shownOf } from "../kinds/kinds.ts";
import type { Judged } from "./apply-entries.ts";
import { applyEntries } from "./apply-entries.ts";
import type { SealedRecord } from "./outbox-record.ts";
import type { RoomRecord } from "./room-record.ts";
import { judgedTime } from "./room-record.ts";
import type { StoredNotice } from "./stored-item.ts";

const entry = (sequence: number, part: Partial<FullEntry> = {}): FullEntry => ({
  sequence,
  kind: "application",
  epoch: 1,
  sender: bernd,
  submissionId: String(sequence).padStart(32, "0") as SubmissionId,
  time: 1_000 + sequence,
  bytes: Uint8Array.of(sequence),
  ...part,
});
const content = (counter: number, part: Partial<OpenedContent> = {}): OpenedContent => ({
  messageId: String(counter).padStart(32, "0") as MessageId,
  time: 5,
  counter,
  seen: { sequence: 0, hash: room().hash },
  roles: { version: 1, hash: room().roles.hash },
  body: { kind: "text", text: `message ${counter}` },
  ...part,
});
const opened = (sequence: number, what: OpenedContent, sender = bernd): Judged => ({
  entry: entry(sequence, { sender }),
  outcome: { outcome: "content", sequence, sender, content: what },
});
const committed = (sequence: number, devices: ClientId[], committer: ClientId = bernd): Judged => ({
  entry: entry(sequence, { kind: "commit" }),
  outcome: { outcome: "commit", sequence, epoch: 2, committer, devices },
});
const notices = (items: ReturnType<typeof applyEntries>["items"]): StoredNotice[] =>
  items.flatMap(({ item }) => (item.kind === "notice" ? [item.notice] : []));
const texts = (items: ReturnType<typeof applyEntries>["items"]): string[] =>
  items.flatMap(({ item }) => (item.kind === "message" && item.body.kind === "text" ? [item.body.text] : []));

test("cursor and running hash move with every entry, whatever became of it (P4)", () => {
  const refused: EntryOutcome = { outcome: "refused", sequence: 2, reason: "unreadable" };
  const judged: Judged[] = [opened(1, content(1)), { entry: entry(2), outcome: refused }];
  const applied = applyEntries(room(), judged, knowledge);
  let hash = room().hash;
  for (const { entry: each } of judged) hash = nextRunningHash(hash, digestOf(each));
  expect(applied.room.cursor).toBe(2);
  expect(applied.room.hash).toEqual(hash);
  expect(applied.log.map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test("an expired entry is accounted for and keeps its part in the running hash (P7)", () => {
  const full = entry(1);
  const expired: Entry = { ...entry(1), kind: "expired", digest: digestOf(full) };
  const { bytes: _, ...withoutBytes } = expired as Entry & { bytes?: Uint8Array };
  const applied = applyEntries(
    room(),
    [{ entry: withoutBytes as Entry, outcome: { outcome: "expired" } }],
    knowledge,
  );
  expect(notices(applied.items)).toEqual([{ type: "expired", count: 1 }]);
  expect(applied.room.hash).toEqual(nextRunningHash(room().hash, digestOf(full)));
});

test("a forgotten entry is accounted for without a time of its own, and keeps its part in the running hash (P7)", () => {
  const forgotten = (sequence: number): Judged => ({
    entry: { sequence, kind: "forgotten", digest: digestOf(entry(sequence)) },
    outcome: { outcome: "expired" },
  });
  const applied = applyEntries(room(), [forgotten(1), opened(2, content(2)), forgotten(3)], knowledge);
  expect(notices(applied.items)).toEqual([
    { type: "expired", count: 1 },
    { type: "expired", count: 1 },
  ]);
  const { receivedAt } = knowledge;
  const told = applied.items.flatMap(({ item }) => (item.kind === "notice" ? [item.at] : []));
  expect(told).toEqual([receivedAt, entry(2).time]);
  expect(applied.room.lastTime).toBe(entry(2).time);
  const hashes = [1, 2, 3].map((sequence) => digestOf(entry(sequence)));
  expect(applied.room.hash).toEqual(hashes.reduce(nextRunningHash, room().hash));
});

test("a message that was sealed twice is shown once (P2)", () => {
  const applied = applyEntries(room(), [opened(1, content(1)), opened(2, content(1))], knowledge);
  expect(texts(applied.items)).toEqual(["message 1"]);
  expect(notices(applied.items)).toEqual([]);
  const later = applyEntries(room(), [opened(1, content(1))], {
    ...knowledge,
    knownMessage: () => ({ sender: bernd }),
  });
  expect(later.items).toEqual([]);
  expect(later.room.unread).toBe(0);
});

test("the same bytes again are harmless, bytes that nobody here opened are a loss (M6)", () => {
  const again: Judged = {
    entry: entry(2, { bytes: Uint8Array.of(1) }),
    outcome: { outcome: "duplicate", sequence: 2 },
  };
  expect(notices(applyEntries(room(), [opened(1, content(1)), again], knowledge).items)).toEqual([]);
  const known = { ...knowledge, isKnownBytes: (hash: Uint8Array) => hash[0] === sha256(Uint8Array.of(1))[0] };
  expect(notices(applyEntries(room(), [again], known).items)).toEqual([]);
  expect(notices(applyEntries(room(), [again], knowledge).items)).toEqual([{ type: "loss", count: 1 }]);
});

test("a message counts as unread and becomes the room's last", () => {
  const applied = applyEntries(room(), [opened(1, content(1)), opened(2, content(2))], knowledge);
  expect(applied.room.unread).toBe(2);
  expect(applied.room.last).toMatchObject({ sequence: 2, body: { text: "message 2" } });
});

test("a commit changes the devices and tells who came and who went", () => {
  const before = room({ devices: [anna, bernd], pending: [userOf(clara)], cursor: 4 });
  const applied = applyEntries(before, [committed(5, [anna, clara])], knowledge);
  expect(applied.room.devices).toEqual([anna, clara]);
  expect(applied.room.pending).toEqual([]);
  expect(applied.epochChanged).toBe(true);
  expect(notices(applied.items)).toEqual([
    { type: "added", by: userOf(bernd), people: [userOf(clara)] },
    { type: "removed", by: userOf(bernd), people: [userOf(bernd)] },
  ]);
});

test("a device that was added while this one watched begins at 1: its first lost message is noticed (M13)", () => {
  const judged = [committed(1, [anna, clara]), opened(2, content(2), clara)];
  expect(notices(applyEntries(room(), judged, knowledge).items).at(-1)).toEqual({
    type: "loss",
    sender: userOf(clara),
    count: 1,
  });
});

test("an own commit tells who came when its entry is there, and the name is due to them", () => {
  const commit = committed(2, [anna, bernd], anna);
  const own = {
    hash: sha256(Uint8Array.of(2)),
    epoch: 1,
    before: [anna],
    submissionId: entry(2).submissionId,
  };
  const submission = { kind: "application", epoch: 1, bytes: Uint8Array.of(2) } as const;
  // The tree has them since the server's answer.
  const before = room({ cursor: 1, devices: [anna, bernd], ownCommits: [{ ...own, submission }] });
  const applied = applyEntries(before, [commit], knowledge);
  expect(applied.room).toMatchObject({ devices: [anna, bernd], profileDue: true, ownCommits: [] });
  expect(notices(applied.items)).toEqual([{ type: "added", by: userOf(anna), people: [userOf(bernd)] }]);
});

test("a commit that the group has taken before changes no list and names nobody", () => {
  const again: Judged = {
    entry: entry(2, { kind: "commit", sender: clara, devices: [anna] }),
    outcome: { outcome: "commit", sequence: 2, epoch: 2, devices: [anna, bernd] },
  };
  const applied = applyEntries(room({ cursor: 1, devices: [anna, bernd] }), [again], knowledge);
  expect(applied.room.devices).toEqual([anna, bernd]);
  expect(applied.items).toEqual([]);
});

test("an entry that strands this device is not passed: the log goes on from there", () => {
  const stranded: Judged = {
    entry: entry(2, { kind: "commit" }),
    outcome: { outcome: "stranded", sequence: 2 },
  };
  const applied = applyEntries(room({ cursor: 1 }), [stranded, opened(3, content(1))], knowledge);
  expect(applied.room).toMatchObject({ cursor: 1, trouble: { kind: "stranded", since: 10_000 } });
  expect(applied.items).toEqual([]);
});

test("nobody is named as the author of what nobody has signed", () => {
  const refused = (by?: ClientId): Judged => ({
    entry: entry(1, { kind: "commit", sender: clara }),
    outcome: { outcome: "refused", sequence: 1, reason: "not-permitted", ...(by && { by }) },
  });
  expect(notices(applyEntries(room(), [refused()], knowledge).items)).toEqual([{ type: "refused" }]);
  const signed = applyEntries(room(), [refused(bernd)], knowledge);
  expect(notices(signed.items)).toEqual([{ type: "refused", sender: userOf(bernd) }]);
  expect(signed.room.trouble).toMatchObject({ kind: "against-rules", committer: bernd });
});

test("a refounding that is refused is what the next one answers, whatever was in the way before; whoever has lost their place comes back first (F14)", () => {
  const at = { digest: new Uint8Array(32), epoch: 1, since: 0 };
  const rewound = { kind: "rewound" as const, entry: { sequence: 1, ...at } };
  const refused = (kind: FullEntry["kind"], by?: ClientId): Judged => ({
    entry: entry(2, { kind }),
    outcome: { outcome: "refused", sequence: 2, reason: "wrong-room", ...(by && { by }) },
  });
  const troubleOf = (judged: Judged, trouble: RoomRecord["trouble"]) =>
    applyEntries(room({ cursor: 1, ...(trouble && { trouble }) }), [judged], knowledge).room.trouble;
  expect(troubleOf(refused("refound", bernd), rewound)).toMatchObject({
    kind: "against-rules",
    committer: bernd,
    entry: { sequence: 2, digest: digestOf(entry(2, { kind: "refound" })) },
  });
  expect(troubleOf(refused("refound"), rewound)).toMatchObject({ kind: "unopened", entry: { sequence: 2 } });
  expect(troubleOf(refused("commit", bernd), rewound)).toBe(rewound);
  const stranded = { kind: "stranded" as const, since: 0, passing: true as const };
  expect(troubleOf(refused("refound", bernd), stranded)).toBe(stranded);
});

test("an entry's time never runs backwards by more than a bound", () => {
  const late = 10 * limits.maxLogTimeBackMs;
  const dated = (sequence: number, time: number): Judged => ({
    ...opened(sequence, content(sequence)),
    entry: entry(sequence, { time }),
  });
  expect(applyEntries(room(), [dated(1, late), dated(2, 1)], knowledge).room.lastTime).toBe(late);
  expect([1, late - 1, late + 1].map((time) => judgedTime(late, time, 2 * late))).toEqual([
    late,
    late - 1,
    late + 1,
  ]);
});

test("days and list follow the log, whatever a sender's clock says, and never run back", () => {
  const day = 24 * 60 * 60_000;
  const start = 40 * day;
  const written = (sequence: number, time: number, sentAt: number): Judged => ({
    ...opened(sequence, content(sequence, { time: sentAt })),
    entry: entry(sequence, { time }),
  });
  const told = [
    written(1, start, start + 3 * day),
    written(2, start + 1_000, start - 3 * day),
    written(3, start + 500, start),
    committed(4, [anna, bernd, clara]),
  ];
  const { items, room: after } = applyEntries(room(), told, {
    ...knowledge,
    latestTime: start + day,
    receivedAt: start - day,
  });
  expect(items.map(({ item }) => item.at)).toEqual([start, start + 1_000, start + 1_000, start + 1_000]);
  expect(after.last?.at).toBe(start + 1_000);
});

test("an entry from the future is judged by the ones before it, and moves the time of none that follow", () => {
  const latest = 5_000;
  const dated = (sequence: number, time: number): Judged => ({
    ...opened(sequence, content(sequence)),
    entry: entry(sequence, { time }),
  });
  const told = [dated(1, 4_000), dated(2, 9e15), dated(3, 4_500)];
  expect(applyEntries(room(), told, { ...knowledge, latestTime: latest }).room.lastTime).toBe(4_500);
  expect(judgedTime(undefined, 9e15, latest)).toBe(latest);
});

test("who has been removed reads on and can write no more (M10)", () => {
  const removed: Judged = {
    entry: entry(3, { kind: "commit" }),
    outcome: { outcome: "removed", sequence: 3, committer: bernd },
  };
  const applied = applyEntries(room({ cursor: 2 }), [removed], knowledge);
  expect(applied.room.standing).toEqual({ state: "left" });
  expect(notices(applied.items)).toEqual([{ type: "removed-you", by: userOf(bernd) }]);
});

test("only who may change members names the room, and the first name is no news", () => {
  const named = (counter: number, name: string, sender: ClientId): Judged =>
    opened(counter, content(counter, { body: { kind: "room-profile", name } }), sender);
  const roles = { ...room().roles, users: [{ userId: userOf(bernd) as UserId, role: "owner" as const }] };
  const unnamed = room({ roles, name: "" });
  expect(applyEntries(unnamed, [named(1, "Streife", bernd)], knowledge)).toMatchObject({
    room: { name: "Streife", unread: 0 },
    items: [],
  });
  const renamed = applyEntries(room({ roles }), [named(1, "Streife", bernd)], knowledge);
  expect(notices(renamed.items)).toEqual([{ type: "renamed", by: userOf(bernd), name: "Streife" }]);
  expect(applyEntries(room({ roles }), [named(1, "Fälschung", clara)], knowledge).room.name).toBe("Lage");
  // What shows nothing is no name: such a room would stand in the list as an empty line.
  expect(applyEntries(room({ roles }), [named(1, "\u3164\u200b", bernd)], knowledge)).toMatchObject({
    room: { name: "Lage" },
    items: [],
  });
});

test("a kind that a newer app sends is kept as such", () => {
  const body = { kind: "newer" as const, bytes: encodeCbor({ kind: "poll" }) };
  const [placed] = applyEntries(room(), [opened(1, content(1, { body }))], knowledge).items;
  expect(placed?.item).toMatchObject({ kind: "message", body });
});

test("a fork is found by the running hash that the sender had seen (M13)", () => {
  const first = opened(1, content(1));
  const hashAfterFirst = nextRunningHash(room().hash, digestOf(first.entry));
  const honest = opened(2, content(2, { seen: { sequence: 1, hash: hashAfterFirst } }));
  expect(notices(applyEntries(room(), [first, honest], knowledge).items)).toEqual([]);
  const forked = opened(2, content(2, { seen: { sequence: 1, hash: new Uint8Array(32).fill(1) } }));
  expect(notices(applyEntries(room(), [first, forked], knowledge).items)).toEqual([
    { type: "fork", sender: userOf(bernd) },
  ]);
});

test("an own message in the log that this device never sent is told: its disk was set back (C2)", () => {
  const own: Judged = {
    entry: entry(1, { sender: anna }),
    outcome: { outcome: "refused", sequence: 1, reason: "not-own" },
  };
  expect(notices(applyEntries(room(), [own], knowledge).items)).toEqual([{ type: "fork" }]);
});

test("whose ended device is taken out is not removed: the person is gone until somebody adds the new one", () => {
  const before = room({ devices: [anna, bernd, clara] });
  const ends = { ...knowledge, isEnded: (device: ClientId) => device === bernd };
  const without = applyEntries(before, [committed(1, [anna, clara], clara)], ends);
  expect(without.items).toEqual([]);
  expect(without.room).toMatchObject({ devices: [anna, clara], gone: [userOf(bernd)] });
  const back = `${userOf(bernd)}:${"9".repeat(32)}@${"0".repeat(32)}` as ClientId;
  const again = applyEntries(without.room, [committed(2, [anna, clara, back], clara)], ends);
  expect(again.room).toMatchObject({ devices: [anna, clara, back], gone: [] });
  // Whoever was to be removed is.
  const unwanted = { ...before, removing: [userOf(bernd)] };
  const removed = applyEntries(unwanted, [committed(1, [anna, clara], clara)], ends);
  expect(removed.room.gone).toEqual([]);
  expect(removed.items).toMatchObject([{ item: { notice: { type: "removed", people: [userOf(bernd)] } } }]);
});

test("a newer kind is newer, whatever fields it has: nothing in them is drawn", () => {
  const bodies = [
    { kind: "poll", text: { toString: "not a text" } },
    { kind: "poll", attachmentId: 5, caption: {} },
    { kind: "poll", name: ["not a name"] },
  ].map((body) => ({ kind: "newer" as const, bytes: encodeCbor(body) }));
  const { items, room: after } = applyEntries(
    room(),
    bodies.map((body, index) => opened(index + 1, content(index + 1, { body }))),
    knowledge,
  );
  const shown = items.flatMap(({ item }) => (item.kind === "message" ? [item.body] : []));
  expect(shown.map(shownOf)).toEqual([{ kind: "newer" }, { kind: "newer" }, { kind: "newer" }]);
  expect(after.last?.body).toEqual(bodies[2]);
});

test("what is sealed again for somebody who was there then is not shown to a device that came later, and counts as the sender's (P3, P4)", () => {
  const newcomer = room({ enteredAt: 20, senders: { [bernd]: { counter: 4, forked: false } } });
  const again = (counter: number, first: number) => opened(20 + counter, content(counter, { first }));
  const applied = applyEntries(newcomer, [again(5, 19), again(6, 20), again(7, 21)], knowledge);
  expect(texts(applied.items)).toEqual(["message 7"]);
  expect(notices(applied.items)).toEqual([]);
  expect(applied.room.senders[bernd]?.counter).toBe(7);
});

test("what somebody else seals in place of a message that was asked for leaves it asked for (P4)", () => {
  const asked = { places: [{ sequence: 5, sender: bernd }], at: 1 };
  const before = room({ cursor: 9, devices: [anna, bernd, clara], asked });
  const again = (sequence: number, sender: ClientId) =>
    opened(sequence, content(sequence, { first: 5 }), sender);
  const { room: after } = applyEntries(before, [again(10, clara)], knowledge);
  expect(after.asked).toEqual(asked);
  expect(applyEntries(after, [again(11, bernd)], knowledge).room.asked).toBeUndefined();
});

test("what did not open is asked for of whoever the log names as its sender (P4)", () => {
  const passed: Judged = { entry: entry(1, { sender: clara }), outcome: { outcome: "passed" } };
  const tooOld: Judged = { entry: entry(2, { epoch: 1 }), outcome: { outcome: "too-old", sequence: 2 } };
  expect(applyEntries(room({ joinedEpoch: 3 }), [passed, tooOld], knowledge).room.missing).toEqual([
    { sequence: 1, sender: clara },
    { sequence: 2, sender: bernd },
  ]);
});

test("a refounding is known afterwards by what its Welcome names, and the group before it as one that is over (M10)", () => {
  const [groupId, commit] = [groupIdOf(new Uint8Array(32).fill(7)), new Uint8Array(32).fill(8)];
  const leaders = undefined;
  const outcome = { outcome: "refounded", groupId, author: bernd, without: null, commit, leaders } as const;
  const before = room({ devices: [anna, bernd] });
  const applied = applyEntries(before, [{ entry: entry(1, { kind: "refound" }), outcome }], knowledge);
  expect(applied.log).toMatchObject([{ bytesHash: commit }]);
  expect(applied.room).toMatchObject({ stand: { groupId }, leftGroups: [before.groupId] });
});

test("whoever was waited for and has left is waited for no more", () => {
  const unseen = { devices: [anna, bernd], until: 1_000 };
  const outcome = { outcome: "leave", userId: userOf(anna), leaving: new Uint8Array(32) } as const;
  const judged: Judged[] = [{ entry: entry(1, { kind: "leave" }), outcome }];
  const { room: next } = applyEntries(room({ devices: [clara], unseen }), judged, {
    ...knowledge,
    self: clara,
  });
  expect(next.unseen).toEqual({ ...unseen, devices: [bernd] });
});

test("under the id of somebody else's message nobody keeps it away: what is unseen takes nothing, what is seen is told by name (P4)", () => {
  const messageId = "7".repeat(32) as MessageId;
  const unseen = content(1, { messageId, body: { kind: "reaction", to: messageId, emoji: "x" } });
  const written = content(1, { messageId, body: { kind: "text", text: "Zugriff abgesagt" } });
  const kept = applyEntries(room(), [opened(1, unseen, clara), opened(2, written)], knowledge);
  expect(kept.items).toMatchObject([{ item: { sender: bernd, body: { text: "Zugriff abgesagt" } } }]);
  const taken = content(1, { messageId, body: { kind: "text", text: "Zugriff um fünf" } });
  const told = applyEntries(room(), [opened(1, taken, clara), opened(2, written)], knowledge);
  expect(told.items).toMatchObject([
    { item: { sender: clara } },
    { item: { notice: { type: "unopened", sender: userOf(bernd) } } },
  ]);
  // What was squatted before, and sealed twice since, stands there once (P2).
  const knownMessage = () => ({ sender: clara, unseen: true as const });
  const twice = applyEntries(room(), [opened(1, written), opened(2, written)], {
    ...knowledge,
    knownMessage,
  });
  expect(twice.items).toHaveLength(1);
  // What nobody sees does not stand in the place of a message that is there.
  const squatted = applyEntries(room(), [opened(1, written), opened(2, unseen, clara)], knowledge);
  expect(squatted.unseen).toEqual([]);
});

test("one message that was sealed again for two who asked leaves the outbox twice, also when both are shown in one breath", () => {
  const messageId = "7".repeat(32) as MessageId;
  const record = (sequence: number): SealedRecord => ({
    roomId: room().roomId,
    position: sequence,
    messageId,
    composedAt: 1,
    body: { kind: "text", text: "x" },
    again: 3,
    stage: {
      at: "sealed",
      groupId: room().groupId,
      epoch: 1,
      counter: sequence,
      sealed: Uint8Array.of(sequence),
      submissionId: String(sequence).padStart(32, "0") as SubmissionId,
    },
  });
  const own = (sequence: number): Judged => ({
    entry: entry(sequence, { sender: anna }),
    outcome: { outcome: "own", sequence },
  });
  const applied = applyEntries(room(), [own(1), own(2)], {
    ...knowledge,
    ownAt: ({ sequence }) => record(sequence),
  });
  expect(applied.settled.map(({ position }) => position)).toEqual([1, 2]);
});
