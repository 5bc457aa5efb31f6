/**
 * The timeline reducer: entries of the room log with what the encryption made of them, in; the room afterwards and the
 * records to store, out. Pure, so that every order and every lie of a server can be tried on it.
 */
import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Content } from "@nimes/protocol/content";
import type { Entry } from "@nimes/protocol/entry";
import { digestOf, nextRunningHash } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, MessageId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { LogRecord } from "./records.ts";
import type { RoomRecord } from "./room-record.ts";
import { usersOf } from "./room-record.ts";
import { checkSender, newSender, unknownSender } from "./sender-check.ts";
import type { StoredBody, StoredItem, StoredNotice } from "./stored-item.ts";

/** An entry and what became of it. `expired` and `roles` never reach the encryption. */
export type Judged = {
  entry: Entry;
  outcome: EntryOutcome | { outcome: "expired" } | { outcome: "roles" };
};

/** What the reducer must know beside the room. */
export type Knowledge = {
  self: ClientId;
  isKnownMessage(messageId: MessageId): boolean;
  /** Running hash after an earlier entry; undefined where this device was not there. */
  hashAt(sequence: number): Uint8Array | undefined;
  /** Whether an entry with these bytes was applied before. */
  isKnownBytes(bytesHash: Uint8Array): boolean;
  /** Whether a later letter has ended a device. */
  isEnded(device: ClientId): boolean;
};

/** Place of an own message within its entry. */
export const ownMessageIndex = 0;

export type PlacedItem = { sequence: number; index: number; item: StoredItem };

export type Applied = {
  room: RoomRecord;
  log: (LogRecord & { sequence: number })[];
  items: PlacedItem[];
  /** A commit was applied: whoever waits for a new epoch may go on, or need not wait any more. */
  epochChanged: boolean;
};

export function applyEntries(before: RoomRecord, judged: readonly Judged[], knowledge: Knowledge): Applied {
  const applied: Applied = { room: before, log: [], items: [], epochChanged: false };
  for (const one of judged) applyEntry(applied, one, knowledge);
  return applied;
}

function applyEntry(applied: Applied, { entry, outcome }: Judged, knowledge: Knowledge): void {
  const { sequence } = entry;
  const { self } = knowledge;
  const digest = digestOf(entry);
  const hash = nextRunningHash(applied.room.hash, digest);
  const bytesHash = entry.kind === "expired" ? noBytes : sha256(entry.bytes);
  // Place 0 belongs to an own message, which stands there as soon as the server has accepted it.
  let index = ownMessageIndex + 1;
  const add = (item: StoredItem): void => {
    applied.items.push({ sequence, index, item });
    index += 1;
  };
  const tell = (notice: StoredNotice): void => add({ kind: "notice", at: entry.time, notice });
  const change = (part: Partial<RoomRecord>): void => {
    applied.room = { ...applied.room, ...part };
  };

  const broken = applied.room.promised.find((promise) => promise.sequence === sequence);
  if (broken) {
    change({ promised: applied.room.promised.filter((promise) => promise !== broken) });
    // The server accepted a message of this device for this place, and now shows something else here.
    if (!equalBytes(broken.digest, digest)) tell({ type: "fork", sender: userOf(self) });
  }

  switch (outcome.outcome) {
    case "roles":
      if (sequence === 1) tell({ type: "founded", by: userOf(entry.sender) });
      break;
    case "expired":
      tell({ type: "expired", count: 1 });
      break;
    case "own":
      // An own message that this device has never sent: its whole disk was set back to an earlier state (C2), or another
      // device holds the same keys. Nothing on the disk can tell; the log does.
      if (entry.kind === "application" && !broken) tell({ type: "fork", sender: userOf(self) });
      if (entry.kind === "commit")
        applyMembers(applied, { entry, devices: entry.devices ?? [], knowledge }, tell);
      break;
    case "commit":
      applyMembers(applied, { entry, devices: devicesAfter(applied.room.devices, outcome), knowledge }, tell);
      break;
    case "removed":
      change({ standing: { state: "left" }, devices: [], pending: [], removing: [] });
      applied.epochChanged = true;
      tell({ type: "removed-you", by: userOf(outcome.committer) });
      break;
    case "content":
      applyContent(
        applied,
        { sequence, time: entry.time, sender: outcome.sender, content: outcome.content },
        knowledge,
        { add, tell },
      );
      break;
    case "duplicate":
      // The same bytes again are harmless. Bytes nobody here has opened are gone for good: their message is lost.
      if (
        !knowledge.isKnownBytes(bytesHash) &&
        !applied.log.some((row) => equalBytes(row.bytesHash, bytesHash))
      )
        tell({ type: "loss", sender: userOf(entry.sender), count: 1 });
      break;
    case "stranded":
      // Nothing more of this room can be opened or sealed here until healing exists; it must not look alive.
      change({ standing: { state: "left" }, pending: [], removing: [] });
      applied.epochChanged = true;
      tell({ type: "unopened", sender: userOf(entry.sender) });
      break;
    case "too-old":
      tell({ type: "unopened", sender: userOf(entry.sender) });
      break;
    case "refused":
      tell(
        entry.kind === "application"
          ? { type: "unopened", sender: userOf(entry.sender) }
          : { type: "refused", sender: userOf(entry.sender) },
      );
      break;
    default:
      outcome satisfies never;
  }
  applied.log.push({ sequence, hash, bytesHash });
  change({ cursor: sequence, hash });
}

const noBytes = new Uint8Array(0);

const devicesAfter = (
  before: readonly ClientId[],
  { added, removed }: { added: readonly ClientId[]; removed: readonly ClientId[] },
): ClientId[] => [...before.filter((device) => !removed.includes(device)), ...added];

type Tell = (notice: StoredNotice) => void;

/**
 * A commit: the notice names the people who came or went, never single devices. Whose ended device was taken out is not
 * removed, and the room has said already that there is a new one.
 */
function applyMembers(
  applied: Applied,
  { entry, devices, knowledge }: { entry: Entry; devices: readonly ClientId[]; knowledge: Knowledge },
  tell: Tell,
): void {
  const { room } = applied;
  const { self, isEnded } = knowledge;
  const cameDevices = devices.filter((device) => !room.devices.includes(device));
  const senders = { ...room.senders };
  for (const device of cameDevices) senders[device] = newSender;
  const usersBefore = usersOf(room.devices);
  const usersAfter = usersOf(devices);
  const came = usersAfter.filter((user) => !usersBefore.includes(user));
  const hadAnother = usersOf(room.devices.filter((device) => !isEnded(device)));
  const left = usersBefore.filter((user) => !usersAfter.includes(user));
  const went = left.filter((user) => hadAnother.includes(user) || room.removing.includes(user));
  const gone = [...(room.gone ?? []), ...left].filter(
    (user) => !went.includes(user) && !usersAfter.includes(user),
  );
  const by = userOf(entry.sender);
  const profileDue = room.profileDue || (entry.sender === self && came.length > 0 && room.name !== "");
  if (came.length > 0) tell({ type: "added", by, people: came });
  if (went.length > 0) tell({ type: "removed", by, people: went });
  applied.epochChanged = true;
  applied.room = {
    ...room,
    devices: [...devices],
    senders,
    profileDue,
    gone,
    // Whoever is still there with an ended device alone stays wished for.
    pending: room.pending.filter((user) => !usersOf(cameDevices).includes(user)),
    removing: room.removing.filter((user) => usersAfter.includes(user)),
  };
}

type Message = { sequence: number; time: number; sender: ClientId; content: Content };

function applyContent(
  applied: Applied,
  { sequence, time, sender, content }: Message,
  knowledge: Knowledge,
  out: { add(item: StoredItem): void; tell: Tell },
): void {
  const { messageId } = content;
  // Sealed twice by a sender that was interrupted: receivers drop doubles by message id (P2).
  const double =
    knowledge.isKnownMessage(messageId) ||
    applied.items.some(({ item }) => item.kind === "message" && item.messageId === messageId);
  if (double) return;

  const { room } = applied;
  const user = userOf(sender);
  const known = room.senders[sender] ?? unknownSender;
  const hashAt = (at: number) =>
    at === room.cursor
      ? room.hash
      : (applied.log.find((row) => row.sequence === at)?.hash ?? knowledge.hashAt(at));
  const checked = checkSender(known, { sequence, content }, hashAt);
  for (const finding of checked.findings) out.tell({ ...finding, sender: user });
  applied.room = { ...room, senders: { ...room.senders, [sender]: checked.sender } };

  const body = storedBody(content);
  if (body === "room-profile") {
    applyProfile(applied, { user, content }, out.tell);
    return;
  }
  out.add({ kind: "message", messageId, sender, sentAt: content.time, acceptedAt: time, body });
  applied.room = {
    ...applied.room,
    unread: applied.room.unread + 1,
    last: { messageId, sender, at: content.time, sequence, body },
  };
}

/** Only who may change the members names the room; the first name, and the same again, are no news. */
function applyProfile(
  applied: Applied,
  { user, content }: { user: UserId; content: Content },
  tell: Tell,
): void {
  const { room } = applied;
  const permitted = room.roles.users.some(({ userId, role }) => userId === user && role !== "member");
  if (!permitted || content.body.kind !== "room-profile" || !("name" in content.body)) return;
  const { name } = content.body;
  if (room.name !== "" && room.name !== name) tell({ type: "renamed", by: user, name });
  applied.room = { ...room, name };
}

function storedBody({ body }: Content): StoredBody | "room-profile" {
  if ("text" in body) return { kind: "text", text: body.text };
  if ("attachmentId" in body) return body;
  if ("name" in body) return "room-profile";
  return { kind: "newer" };
}
