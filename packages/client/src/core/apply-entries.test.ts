import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import type { Content } from "@nimes/protocol/content";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { digestOf, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, MessageId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { Judged, Knowledge } from "./apply-entries.ts";
import { applyEntries } from "./apply-entries.ts";
import type { RoomRecord } from "./room-record.ts";
import type { StoredNotice } from "./stored-item.ts";

const knowledge: Knowledge = {
  self: anna,
  isKnownMessage: () => false,
  hashAt: () => undefined,
  isKnownBytes: () => false,
  isEnded: () => false,
};
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
const content = (counter: number, part: Partial<Content> = {}): Content => ({
  messageId: String(counter).padStart(32, "0") as MessageId,
  time: 5,
  counter,
  seen: { sequence: 0, hash: room().hash },
  body: { kind: "text", text: `message ${counter}` },
  ...part,
});
const opened = (sequence: number, what: Content, sender = bernd): Judged => ({
  entry: entry(sequence, { sender }),
  outcome: { outcome: "content", sequence, sender, content: what },
});
const committed = (sequence: number, change: { added?: ClientId[]; removed?: ClientId[] }): Judged => ({
  entry: entry(sequence, { kind: "commit" }),
  outcome: {
    outcome: "commit",
    sequence,
    epoch: 2,
    committer: bernd,
    added: change.added ?? [],
    removed: change.removed ?? [],
  },
});
const notices = (items: ReturnType<typeof applyEntries>["items"]): StoredNotice[] =>
  items.flatMap(({ item }) => (item.kind === "notice" ? [item.notice] : []));
const texts = (items: ReturnType<typeof applyEntries>["items"]): string[] =>
  items.flatMap(({ item }) => (item.kind === "message" && item.body.kind === "text" ? [item.body.text] : []));

test("cursor and running hash move with every entry, whatever became of it (P4)", () => {
  const refused: EntryOutcome = { outcome: "refused", sequence: 2, sender: bernd, reason: "unreadable" };
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

test("a message that was sealed twice is shown once (P2)", () => {
  const applied = applyEntries(room(), [opened(1, content(1)), opened(2, content(1))], knowledge);
  expect(texts(applied.items)).toEqual(["message 1"]);
  expect(notices(applied.items)).toEqual([]);
  const later = applyEntries(room(), [opened(1, content(1))], { ...knowledge, isKnownMessage: () => true });
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
  expect(notices(applyEntries(room(), [again], knowledge).items)).toEqual([
    { type: "loss", sender: userOf(bernd), count: 1 },
  ]);
});

test("a message counts as unread and becomes the room's last", () => {
  const applied = applyEntries(room(), [opened(1, content(1)), opened(2, content(2))], knowledge);
  expect(applied.room.unread).toBe(2);
  expect(applied.room.last).toMatchObject({ sequence: 2, body: { text: "message 2" } });
});

test("a commit changes the devices and tells who came and who went", () => {
  const before = room({ devices: [anna, bernd], pending: [userOf(clara)], cursor: 4 });
  const applied = applyEntries(before, [committed(5, { added: [clara], removed: [bernd] })], knowledge);
  expect(applied.room.devices).toEqual([anna, clara]);
  expect(applied.room.pending).toEqual([]);
  expect(applied.epochChanged).toBe(true);
  expect(notices(applied.items)).toEqual([
    { type: "added", by: userOf(bernd), people: [userOf(clara)] },
    { type: "removed", by: userOf(bernd), people: [userOf(bernd)] },
  ]);
});

test("a device that was added while this one watched begins at 1: its first lost message is noticed (M13)", () => {
  const judged = [committed(1, { added: [clara] }), opened(2, content(2), clara)];
  expect(notices(applyEntries(room(), judged, knowledge).items).at(-1)).toEqual({
    type: "loss",
    sender: userOf(clara),
    count: 1,
  });
});

test("an own commit is read from the list of devices beside it, and the name is due to who came", () => {
  const own: Judged = {
    entry: entry(2, { kind: "commit", sender: anna, devices: [anna, bernd] }),
    outcome: { outcome: "own", sequence: 2 },
  };
  const applied = applyEntries(room({ cursor: 1 }), [own], knowledge);
  expect(applied.room.devices).toEqual([anna, bernd]);
  expect(applied.room.profileDue).toBe(true);
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
});

test("a kind that a newer app sends is kept as such", () => {
  const judged = opened(1, content(1, { body: { kind: "reaction" } as Content["body"] }));
  const [placed] = applyEntries(room(), [judged], knowledge).items;
  expect(placed?.item).toMatchObject({ kind: "message", body: { kind: "newer" } });
});

test("a server that shows something else where it accepted an own message is caught (P4)", () => {
  const promised = [{ sequence: 1, digest: new Uint8Array(32).fill(7) }];
  const lied = applyEntries(room({ promised }), [opened(1, content(1))], knowledge);
  expect(notices(lied.items)).toEqual([{ type: "fork", sender: userOf(anna) }]);
  expect(lied.room.promised).toEqual([]);

  const echo: Judged = { entry: entry(1, { sender: anna }), outcome: { outcome: "own", sequence: 1 } };
  const kept = room({ promised: [{ sequence: 1, digest: digestOf(echo.entry) }] });
  expect(applyEntries(kept, [echo], knowledge).items).toEqual([]);
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
  const own: Judged = { entry: entry(1, { sender: anna }), outcome: { outcome: "own", sequence: 1 } };
  const notices = (before: RoomRecord) =>
    applyEntries(before, [own], knowledge).items.flatMap(({ item }) =>
      item.kind === "notice" ? [item.notice] : [],
    );
  expect(notices(room())).toEqual([{ type: "fork", sender: userOf(anna) }]);
  const promised = [{ sequence: 1, digest: digestOf(own.entry) }];
  expect(notices(room({ promised }))).toEqual([]);
});

test("whose ended device is taken out is not removed: the person is gone until somebody adds the new one", () => {
  const commit = (sequence: number, devices: ClientId[], added: ClientId[], removed: ClientId[]): Judged => ({
    entry: entry(sequence, { kind: "commit", sender: clara, devices }),
    outcome: { outcome: "commit", sequence, epoch: sequence, committer: clara, added, removed },
  });
  const before = room({ devices: [anna, bernd, clara] });
  const ends = { ...knowledge, isEnded: (device: ClientId) => device === bernd };
  const without = applyEntries(before, [commit(1, [anna, clara], [], [bernd])], ends);
  expect(without.items).toEqual([]);
  expect(without.room).toMatchObject({ devices: [anna, clara], gone: [userOf(bernd)] });
  const back = `${userOf(bernd)}:${"9".repeat(32)}@${"0".repeat(32)}` as ClientId;
  const again = applyEntries(without.room, [commit(2, [anna, clara, back], [back], [])], ends);
  expect(again.room).toMatchObject({ devices: [anna, clara, back], gone: [] });
  // Whoever was to be removed is.
  const unwanted = { ...before, removing: [userOf(bernd)] };
  const removed = applyEntries(unwanted, [commit(1, [anna, clara], [], [bernd])], ends);
  expect(removed.room.gone).toEqual([]);
  expect(removed.items).toMatchObject([{ item: { notice: { type: "removed", people: [userOf(bernd)] } } }]);
});
