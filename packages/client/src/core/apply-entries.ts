/**
 * The timeline reducer: entries of the room log with what the encryption made of them, in; the room afterwards and the
 * records to store, out. Pure, so that every order and every lie of a server can be tried on it.
 */
import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import type { VerifiedRoles } from "@nimes/e2ee/gate/verified-roles";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Content } from "@nimes/protocol/content";
import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import { digestOf, hashBehind } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, GroupId, MessageId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import { may } from "@nimes/protocol/roles/may";
import type { Signed } from "@nimes/protocol/schema";
import { applyCommit, applyLeave, applyRefounding, applyRoles, type Tell } from "./apply-members.ts";
import { applyRestored } from "./apply-restored.ts";
import { standBehind } from "./log-stand.ts";
import type { LogRecord } from "./records.ts";
import type { IsEnded, MissingPlace, RoomRecord } from "./room-record.ts";
import { judgedTime, sightOf } from "./room-record.ts";
import { checkSender, unknownSender } from "./sender-check.ts";
import type { StoredBody, StoredItem, StoredNotice } from "./stored-item.ts";

/** What became of an entry that never reaches the encryption. */
export type PlainOutcome =
  | { outcome: "expired" }
  /** The server goes on behind a backup. */
  | { outcome: "restored"; entry: RestoredEntry }
  /** Roles that this device has had before the log showed them, or that stood in it before and are sent again behind a backup. */
  | { outcome: "known" }
  /** Sealed for a group in which this device has no place: read past. */
  | { outcome: "passed" }
  /** Version 1 of the roles, which names the room. */
  | { outcome: "founded" }
  | { outcome: "roles"; roles: VerifiedRoles; signed: Signed }
  /** Somebody has asked to leave. */
  | { outcome: "leave"; userId: UserId }
  /** The room goes on in another group. `commit`: SHA-256 of what was signed, which the Welcome names. */
  | {
      outcome: "refounded";
      groupId: GroupId;
      author: ClientId;
      without: ClientId | null;
      commit: Uint8Array;
      /** Who leads the room: of them those are awaited whom the new group does not have. */
      leaders: Awaited | undefined;
    };

/** An entry and what became of it. */
export type Judged = { entry: Entry; outcome: EntryOutcome | PlainOutcome };

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
  /** Own clock, milliseconds: when these entries came. */
  receivedAt: number;
  /** No entry can be newer, see `judgedTime`. */
  latestTime: number;
};

/** Place of an own message within its entry. */
export const ownMessageIndex = 0;

export type PlacedItem = { sequence: number; index: number; item: StoredItem };

export type Applied = {
  room: RoomRecord;
  log: (LogRecord & { sequence: number })[];
  items: PlacedItem[];
  /** Devices that ask for messages which they could not read, and where those stand. */
  asks: { device: ClientId; sequences: readonly number[] }[];
  /** A commit was applied: whoever waits for a new epoch may go on, or need not wait any more. */
  epochChanged: boolean;
};

/**
 * Ends before an entry that strands this device, and behind one that moves the room: the log goes on from there when this
 * device is in the group again.
 */
export function applyEntries(before: RoomRecord, judged: readonly Judged[], knowledge: Knowledge): Applied {
  const applied: Applied = { room: before, log: [], items: [], asks: [], epochChanged: false };
  for (const one of judged) {
    if (one.outcome.outcome === "stranded") {
      applied.room = { ...applied.room, trouble: { kind: "stranded", since: knowledge.receivedAt } };
      break;
    }
    applyEntry(applied, one, knowledge);
    if (applied.room.trouble?.kind === "moved") break;
  }
  return applied;
}

function applyEntry(applied: Applied, { entry, outcome }: Judged, knowledge: Knowledge): void {
  const { sequence } = entry;
  const digest = digestOf(entry);
  const hash = hashBehind(applied.room.hash, entry);
  const bytesHash = "bytes" in entry ? sha256(entry.bytes) : noBytes;
  const time = timeOf(applied.room, entry, knowledge.latestTime);
  // Place 0 belongs to an own message.
  let index = ownMessageIndex + 1;
  const add = (item: StoredItem): void => {
    applied.items.push({ sequence, index, item });
    index += 1;
  };
  const tell = (notice: StoredNotice): void =>
    add({ kind: "notice", at: Math.min(time ?? knowledge.receivedAt, knowledge.receivedAt), notice });
  const change = (part: Partial<RoomRecord>): void => {
    applied.room = { ...applied.room, ...part };
  };

  switch (outcome.outcome) {
    case "founded":
      tell({ type: "founded", by: userOf(applied.room.roles.author) });
      if (applied.room.standing.state === "founding") change({ standing: { state: "member" } });
      break;
    case "roles":
      applyRoles(applied, outcome, { self: knowledge.self, isEnded: knowledge.isEnded, tell });
      break;
    case "leave":
      applyLeave(applied, outcome.userId, { self: knowledge.self, tell });
      break;
    case "refounded":
      applyRefounding(applied, outcome, { sequence, knowledge, tell });
      break;
    case "restored":
      applyRestored(applied, outcome.entry, { digest, receivedAt: knowledge.receivedAt });
      tell({ type: "restored" });
      break;
    case "expired":
      tell({ type: "expired", count: 1 });
      break;
    case "passed":
      if (entry.kind === "application" && applied.room.missing.length < limits.maxAskedAgain)
        change({ missing: [...applied.room.missing, { sequence, sender: entry.sender }] });
      break;
    case "own":
    case "known":
    case "stranded":
      break;
    case "commit":
      if (entry.kind === "commit")
        applyCommit(applied, { bytesHash, epoch: entry.epoch, outcome, knowledge }, tell);
      break;
    case "removed": {
      const { trouble: _, ...room } = applied.room;
      applied.room = { ...room, standing: { state: "left" }, devices: [], pending: [], removing: [] };
      applied.epochChanged = true;
      const { committer } = outcome;
      tell({ type: "removed-you", ...(committer && { by: userOf(committer) }) });
      break;
    }
    case "content":
      applyContent(applied, { sequence, sender: outcome.sender, content: outcome.content }, knowledge, {
        add,
        tell,
      });
      break;
    case "duplicate":
      // The same bytes again are harmless. Bytes nobody here has opened are gone for good: their message is lost.
      if (
        !knowledge.isKnownBytes(bytesHash) &&
        !applied.log.some((row) => equalBytes(row.bytesHash, bytesHash))
      )
        tell({ type: "loss", count: 1 });
      break;
    case "too-old": {
      // Sealed while this device had lost its place: asked for when everything has come, not told one by one.
      const { joinedEpoch = 0, missing } = applied.room;
      const isBefore = "sender" in entry && entry.epoch < joinedEpoch;
      if (isBefore && missing.length < limits.maxAskedAgain)
        change({ missing: [...missing, { sequence, sender: entry.sender }] });
      else tell({ type: "unopened" });
      break;
    }
    case "refused": {
      const { by, reason } = outcome;
      // In this device's name, and nothing that it sent: its whole disk was set back to an earlier state (C2), another
      // device holds the same keys, or the server invents. Nothing on the disk can tell; the log does.
      if (reason === "not-own") tell({ type: "fork" });
      else if (entry.kind !== "commit") tell({ type: "unopened", ...(by && { sender: userOf(by) }) });
      else {
        tell({ type: "refused", ...(by && { sender: userOf(by) }) });
        const place = { sequence, digest, epoch: entry.epoch, since: knowledge.receivedAt };
        change({
          trouble:
            applied.room.trouble ??
            (by
              ? { kind: "against-rules", entry: place, committer: by }
              : { kind: "unopened", entry: place }),
        });
      }
      break;
    }
    default:
      outcome satisfies never;
  }
  // A Welcome names what was signed of a refounding, and this device knows by it that it is an old one.
  const named = outcome.outcome === "refounded" ? outcome.commit : bytesHash;
  applied.log.push({ sequence, hash, bytesHash: named });
  if (entry.kind === "commit") change({ stand: standBehind(applied.room.stand, entry) });
  change({ cursor: sequence, hash });
  if (time !== undefined) change({ lastTime: Math.max(time, applied.room.lastTime ?? 0) });
}

const noBytes = new Uint8Array(0);

/** Of what is forgotten nobody knows it any more: then that of the entries before it. */
const timeOf = ({ lastTime }: RoomRecord, entry: Entry, latest: number): number | undefined =>
  entry.kind === "forgotten" ? lastTime : judgedTime(lastTime, entry.time, latest);

type Message = { sequence: number; sender: ClientId; content: Content };

function applyContent(
  applied: Applied,
  { sequence, sender, content }: Message,
  knowledge: Knowledge,
  out: { add(item: StoredItem): void; tell: Tell },
): void {
  const { messageId } = content;
  // Sealed twice by a sender that was interrupted: receivers drop doubles by message id (P2).
  const double =
    knowledge.isKnownMessage(messageId) ||
    applied.items.some(({ item }) => item.kind === "message" && item.messageId === messageId);
  // What is sealed again for somebody else has a counter of its own; what was sealed twice has the same one.
  if (double && content.first === undefined) return;

  const { room } = applied;
  const user = userOf(sender);
  const known = room.senders[sender] ?? unknownSender;
  const hashAt = (at: number) =>
    at === room.cursor
      ? room.hash
      : (applied.log.find((row) => row.sequence === at)?.hash ?? knowledge.hashAt(at));
  const checked = checkSender(known, { sequence, content }, hashAt);
  for (const finding of checked.findings) out.tell({ ...finding, sender: user });
  // The version in force is sealed in every message: whoever was shown an older chain, or another one, learns it here.
  if (!knowsRoles(room, content) && !known.forked) {
    out.tell({ type: "fork", sender: user });
    checked.sender.forked = true;
  }
  applied.room = confirmed(
    { ...room, senders: { ...room.senders, [sender]: checked.sender } },
    content,
    hashAt,
  );

  if (double) return;
  // Sealed again for somebody who was there then; this device came later, and reads nothing from before.
  if (content.first !== undefined && content.first <= room.enteredAt) return;
  if (content.first !== undefined)
    applied.room = withoutAsked(applied.room, { sequence: content.first, sender });
  const body = storedBody(content);
  if (body === "room-profile") {
    applyProfile(applied, { user, content, isEnded: knowledge.isEnded }, out.tell);
    return;
  }
  if (body === "ask-again") {
    if ("sequences" in content.body) applied.asks.push({ device: sender, sequences: content.body.sequences });
    return;
  }
  const { receivedAt } = knowledge;
  out.add({ kind: "message", messageId, sender, sentAt: content.time, receivedAt, body });
  applied.room = {
    ...applied.room,
    unread: applied.room.unread + 1,
    // Nobody writes later than it arrives: a clock far ahead would hold its room at the top of the list.
    last: { messageId, sender, at: Math.min(content.time, receivedAt), sequence, body },
  };
}

/** What this device had asked for has come, from whoever wrote it. */
function withoutAsked({ asked, ...room }: RoomRecord, come: MissingPlace): RoomRecord {
  if (!asked) return room;
  const places = asked.places.filter(
    ({ sequence, sender }) => sequence !== come.sequence || sender !== come.sender,
  );
  return places.length === 0 ? room : { ...room, asked: { ...asked, places } };
}

const knowsRoles = ({ roles }: RoomRecord, { roles: sealed }: Content): boolean =>
  sealed.version < roles.version || (sealed.version === roles.version && equalBytes(sealed.hash, roles.hash));

/**
 * A member has seen the same log from where this device came in, or from where a backup was put back: its place in it is more
 * than the server's word.
 */
function confirmed(
  { entrance, restored, ...room }: RoomRecord,
  { seen }: Content,
  hashAt: (sequence: number) => Uint8Array | undefined,
): RoomRecord {
  const own = hashAt(seen.sequence);
  const isSame = own !== undefined && equalBytes(own, seen.hash);
  const isOpen = (place: { sequence: number }): boolean => !isSame || seen.sequence < place.sequence;
  return {
    ...room,
    ...(entrance && isOpen(entrance) && { entrance }),
    ...(restored && isOpen(restored) && { restored }),
  };
}

/** Only who may change the members names the room; the first name, and the same again, are no news. */
function applyProfile(
  applied: Applied,
  { user, content, isEnded }: { user: UserId; content: Content; isEnded: IsEnded },
  tell: Tell,
): void {
  const { room } = applied;
  const permitted = may(sightOf(room, isEnded), user, "change-profile");
  if (!permitted || content.body.kind !== "room-profile" || !("name" in content.body)) return;
  const { name } = content.body;
  if (room.name !== "" && room.name !== name) tell({ type: "renamed", by: user, name });
  applied.room = { ...room, name };
}

function storedBody({ body }: Content): StoredBody | "room-profile" | "ask-again" {
  // By the kind: a newer one may have fields of the same names, and anything in them.
  if (body.kind === "text" && "text" in body) return { kind: "text", text: body.text };
  if (body.kind === "attachment" && "attachmentId" in body) return body;
  if (body.kind === "room-profile" || body.kind === "ask-again") return body.kind;
  return { kind: "newer" };
}
