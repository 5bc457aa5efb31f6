/**
 * The timeline reducer: entries of the room log with what the encryption made of them, in; the room afterwards and the
 * records to store, out. Pure, so that every order and every lie of a server can be tried on it.
 */
import type { EntryOutcome } from "@nimes/e2ee/e2ee";
import type { VerifiedRoles } from "@nimes/e2ee/gate/verified-roles";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import { digestOf, hashBehind } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, GroupId, MessageId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import type { Signed } from "@nimes/protocol/schema";
import type { OwnUnseen } from "../kinds/kinds.ts";
import { applyContent, applyOwn } from "./apply-content.ts";
import { applyCommit, applyLeave, applyRefounding, applyRoles } from "./apply-members.ts";
import { applyRestored } from "./apply-restored.ts";
import { standBehind } from "./log-stand.ts";
import type { SealedRecord } from "./outbox-record.ts";
import type { LogRecord, MessagePlace } from "./records.ts";
import type { RoomRecord } from "./room-record.ts";
import { judgedTime, placeTime } from "./room-record.ts";
import type { StoredItem, StoredMessage, StoredNotice } from "./stored-item.ts";
import type { Trouble } from "./trouble.ts";

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
  /** Somebody has asked to leave. `leaving`: SHA-256 of what was signed, which counts once. */
  | { outcome: "leave"; userId: UserId; leaving: Uint8Array }
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
  /** A message that came under this id before. */
  knownMessage(messageId: MessageId): KnownMessage | undefined;
  /** A message that another names, as it is stored. */
  messageAt(messageId: MessageId): PlacedMessage | undefined;
  /** The record of an own message that an entry shows. */
  ownAt(entry: Entry): SealedRecord | undefined;
  /** Running hash after an earlier entry; undefined where this device was not there. */
  hashAt(sequence: number): Uint8Array | undefined;
  /** Whether an entry with these bytes, or the one that they name, was applied before. */
  isKnownBytes(bytesHash: Uint8Array): boolean;
  /** Whether a later letter has ended a device. */
  isEnded(device: ClientId): boolean;
  /** Own clock, milliseconds: when these entries came. */
  receivedAt: number;
  /** No entry can be newer, see `judgedTime`. */
  latestTime: number;
};

export type KnownMessage = Pick<MessagePlace, "sender" | "unseen">;

/** Place of an own message within its entry. */
export const ownMessageIndex = 0;

export type PlacedItem = { sequence: number; index: number; item: StoredItem };
export type PlacedMessage = PlacedItem & { item: StoredMessage };

export type Applied = {
  room: RoomRecord;
  log: (LogRecord & { sequence: number })[];
  items: PlacedItem[];
  /** Messages that stand in no row of their own: known all the same, should they come once more (P2). */
  unseen: { messageId: MessageId; sequence: number; sender: ClientId; own?: OwnUnseen }[];
  /** Own messages that the log has shown: they leave the outbox in the same batch. */
  settled: SealedRecord[];
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
  const applied: Applied = {
    room: before,
    log: [],
    items: [],
    unseen: [],
    settled: [],
    asks: [],
    epochChanged: false,
  };
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
  const at = placeTime(applied.room, time ?? knowledge.receivedAt);
  // Place 0 belongs to an own message.
  let index = ownMessageIndex + 1;
  const add = (item: StoredItem): void => {
    applied.items.push({ sequence, index, item });
    index += 1;
  };
  const tell = (notice: StoredNotice): void => add({ kind: "notice", at, notice });
  const change = (part: Partial<RoomRecord>): void => {
    applied.room = { ...applied.room, ...part };
  };

  const mayMiss = (): boolean => applied.room.missing.length < limits.maxAskedAgain;
  const miss = (sender: ClientId): void =>
    change({ missing: [...applied.room.missing, { sequence, sender }] });

  const settleOwn = (): boolean => {
    const record = knowledge.ownAt(entry);
    if (record) applyOwn(applied, record, { sequence, at, knowledge, tell });
    return record !== undefined;
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
      // One that has counted is shown again only where a restored backup has brought back its epoch, or is said to have.
      if (!knowledge.isKnownBytes(outcome.leaving))
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
      if (!settleOwn()) tell({ type: "expired", count: 1 });
      break;
    case "passed":
      if (entry.kind === "application" && mayMiss()) miss(entry.sender);
      break;
    case "own":
      settleOwn();
      break;
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
      applyContent(applied, { sequence, at, sender: outcome.sender, content: outcome.content }, knowledge, {
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
      const { joinedEpoch = 0 } = applied.room;
      if ("sender" in entry && entry.epoch < joinedEpoch && mayMiss()) miss(entry.sender);
      else tell({ type: "unopened" });
      break;
    }
    case "refused": {
      const { by, reason } = outcome;
      // In this device's name, and nothing that it sent: its whole disk was set back to an earlier state (C2), another
      // device holds the same keys, or the server invents. Nothing on the disk can tell; the log does.
      if (reason === "not-own") tell({ type: "fork" });
      // Sealed in the group as the backup has it: whoever wrote it seals it again for the new one.
      else if (applied.room.trouble?.kind === "rewound" && entry.kind === "application" && mayMiss())
        miss(entry.sender);
      else if (entry.kind !== "commit" && entry.kind !== "refound")
        tell({ type: "unopened", ...(by && { sender: userOf(by) }) });
      else {
        tell({ type: "refused", ...(by && { sender: userOf(by) }) });
        const place = { sequence, digest, epoch: entry.epoch, since: knowledge.receivedAt };
        const trouble: Trouble = by
          ? { kind: "against-rules", entry: place, committer: by }
          : { kind: "unopened", entry: place };
        change({ trouble: troubleBehind(applied.room.trouble, entry.kind, trouble) });
      }
      break;
    }
    default:
      outcome satisfies never;
  }
  applied.log.push({ sequence, hash, bytesHash: nameOf(outcome) ?? bytesHash });
  if (entry.kind === "commit") change({ stand: standBehind(applied.room.stand, entry) });
  change({ cursor: sequence, hash });
  if (time !== undefined) change({ lastTime: Math.max(time, applied.room.lastTime ?? 0) });
}

/**
 * What was in the way before is answered first. But a refounding that the server has taken is itself the answer to that, for the
 * server: the next one answers the refounding.
 */
const troubleBehind = (before: Trouble | undefined, kind: "commit" | "refound", trouble: Trouble): Trouble =>
  before && (kind === "commit" || before.kind === "stranded") ? before : trouble;

/**
 * A Welcome names what was signed of a refounding, and this device knows by it that it is an old one. Of a leaving, too, only what was
 * signed cannot be written otherwise.
 */
const nameOf = (outcome: Judged["outcome"]): Uint8Array | undefined => {
  if (outcome.outcome === "refounded") return outcome.commit;
  return outcome.outcome === "leave" ? outcome.leaving : undefined;
};

const noBytes = new Uint8Array(0);

/** Of what is forgotten nobody knows it any more: then that of the entries before it. */
const timeOf = ({ lastTime }: RoomRecord, entry: Entry, latest: number): number | undefined =>
  entry.kind === "forgotten" ? lastTime : judgedTime(lastTime, entry.time, latest);
