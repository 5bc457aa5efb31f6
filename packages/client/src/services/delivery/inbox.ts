/**
 * Receives the entries of the room logs: in order, each exactly once. What an entry says, the cursor behind it and the
 * running hash are stored in one batch inside the MLS transaction that opens it; only then is it acknowledged (P2).
 */
import type { DirectoryLookup } from "@nimes/e2ee/chains/verified-user";
import type { E2ee, EntryOutcome, OwnEntries } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Claimed } from "@nimes/protocol/claimed";
import { atMost } from "@nimes/protocol/claimed";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { anchorAnew } from "../../core/anchor.ts";
import type { Applied, Judged } from "../../core/apply-entries.ts";
import { applyEntries } from "../../core/apply-entries.ts";
import { isTakenBack, takenBack } from "../../core/apply-restored.ts";
import {
  isOdd,
  isOutside,
  placeRecord,
  standsAlike,
  timed,
  unopenedHere,
} from "../../core/entries-at-hand.ts";
import { splitByKind } from "../../core/entry-stretches.ts";
import { gapPatienceMs, planEntry } from "../../core/plan-entry.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { roomOf } from "../../core/room-record.ts";
import type { WaitingEntries } from "../../core/waiting-entries.ts";
import { nextBehind, takeBehind } from "../../core/waiting-entries.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import { StoreFull } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import { ChainsUnreachable } from "../people/chains-unreachable.ts";
import { gatherKnowledge, recordsOf } from "../rooms/room-knowledge.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import { createDoubts } from "./doubts.ts";
import { judgeSigned } from "./judge-signed.ts";
import type { Outbox } from "./outbox.ts";

export type Inbox = {
  /** Entries of one room as they came; those of a room that is not there yet wait for it a moment. */
  onEntries(roomId: RoomId, entries: readonly Entry[], previous?: Uint8Array): Promise<void>;
  /** The room has come into being on this device: entries that waited for it go on. */
  onRoom(roomId: RoomId): void;
  /** Everything that comes from now on comes on a new connection. */
  onConnection(): void;
  onDelivered(roomId: RoomId, sequence: Claimed<number>): Promise<void>;
  /** Entries that are still to be opened. */
  remaining(): number;
};

export type InboxNeeds = {
  self: ClientId;
  store: Store;
  e2ee: E2ee;
  rooms: RoomRecords;
  outbox: Pick<Outbox, "isOwn" | "sealedAs" | "drop" | "recheck" | "lastClaimed">;
  changes: Changes;
  clock: Clock;
  /** No entry can be newer, milliseconds: what the time is here, as far as that is sure. */
  latestTime(): number;
  /** Everything up to here is durable. */
  acknowledge(roomId: RoomId, sequence: number): void;
  /** Asks the directory for what is new; afterwards its lookup says something for each of the users. */
  refresh(userIds: readonly UserId[]): Promise<void>;
  directory: DirectoryLookup;
  isEnded(clientId: ClientId): boolean;
  /** The log shows an entry under this submission id. */
  shown(submissionId: SubmissionId): void;
  /** A commit was applied, perhaps the one that took this device out. */
  onEpoch(roomId: RoomId): void;
  /** A device asks for messages that it could not read. */
  onAsked(roomId: RoomId, ask: { device: ClientId; sequences: readonly number[] }): void;
  /** Nothing goes on in this room by itself. */
  onTrouble(roomId: RoomId): void;
  /** This device is no longer in the room. */
  onLeft(room: RoomRecord): void;
  /** The founding of this room stands in the log. */
  onFounded(roomId: RoomId): void;
  /** The server has not shown for long what stands before something that it shows. */
  tellWithheld(roomId: RoomId): void;
  /** What is missing comes only with a new connection. */
  restart(): void;
  progressed(): void;
  failed(error: unknown): void;
};

/** Entries of one MLS transaction: many for speed, few enough that progress is seen. */
const batchSize = 100;
/** Of one room: a server that is faster than the encryption must not fill the memory. */
const maxWaitingEntries = 20_000;
/** What is kept for rooms that are not there yet: a server must not fill the memory with rooms that never come. */
const maxUnknownRooms = 100;
const maxUnknownEntries = 500;
const maxGapDoublings = 8;
const gapsUntilTold = 3;
/** After the device's storage was full, or the network was away while a chain was needed. */
const stallMs = 5_000;

type Waiting = {
  entries: WaitingEntries;
  running: boolean;
  /** The server has shown what it had said to have lost. */
  isTakenBack?: boolean;
  aheadSince?: number;
  /** How often the same gap has been asked for in vain. */
  gaps: number;
  /** More came than is kept; the rest is asked for when these are done. */
  overflowed?: boolean;
};

export function createInbox(needs: InboxNeeds): Inbox {
  const { clock, rooms, self } = needs;
  const byRoom = new Map<RoomId, Waiting>();
  const doubts = createDoubts(needs);

  function waitingOf(roomId: RoomId): Waiting {
    const waiting = byRoom.get(roomId) ?? { entries: new Map(), running: false, gaps: 0 };
    byRoom.set(roomId, waiting);
    return waiting;
  }

  async function onEntries(roomId: RoomId, entries: readonly Entry[], previous?: Uint8Array): Promise<void> {
    if (previous)
      await rooms.update(roomId, (known) => {
        const room = anchorAnew(known, entries, previous);
        return room && { room, changes: [placeRecord(room)], durability: "strict" };
      });
    const room = rooms.get(roomId);
    if (!room) {
      keepForWelcome(roomId, entries);
      return;
    }
    // Behind the entry that stranded it nothing opens; it asks again when it is in the group.
    if (isOutside(room) || doubts.isAsking(roomId)) return;
    const waiting = waitingOf(roomId);
    waiting.isTakenBack ||= isTakenBack(room, entries);
    const cursor = (waiting.isTakenBack ? room.restored?.before.cursor : undefined) ?? room.cursor;
    for (const entry of entries) {
      const plan = planEntry(entry, { cursor, self, waitedMs: 0 });
      if (plan === "duplicate") continue;
      if (waiting.entries.size < maxWaitingEntries) waiting.entries.set(entry.sequence, entry);
      else waiting.overflowed = true;
    }
    // Asked for from further back than it stands, see `restored`: the hello has not said how far it is.
    if (room.restored) needs.acknowledge(roomId, room.cursor);
    void run(roomId, waiting);
  }

  /**
   * Entries of a room whose Welcome has not come yet. If it was lost, a new connection brings it; that is tried once for
   * each room, because a Welcome that the gate refused does not come again.
   */
  function keepForWelcome(roomId: RoomId, entries: readonly Entry[]): void {
    const isFirst = !byRoom.has(roomId);
    if (isFirst && byRoom.size > rooms.all().length + maxUnknownRooms) return;
    const waiting = waitingOf(roomId);
    for (const entry of entries)
      if (waiting.entries.size < maxUnknownEntries) waiting.entries.set(entry.sequence, entry);
    if (isFirst)
      clock.after(gapPatienceMs, () => {
        if (rooms.get(roomId)) return;
        waiting.entries.clear();
        needs.restart();
      });
  }

  async function run(roomId: RoomId, waiting: Waiting): Promise<void> {
    if (waiting.running) return;
    waiting.running = true;
    try {
      for (;;) {
        if (waiting.isTakenBack) await takeBack(roomId, waiting);
        const batch = takeBehind(
          waiting.entries,
          rooms.get(roomId)?.cursor ?? Number.POSITIVE_INFINITY,
          batchSize,
        );
        if (batch.length === 0) break;
        const before = rooms.get(roomId)?.cursor;
        if (!(await applyBatch(roomId, batch))) {
          doubts.askAgain(roomId, waiting.entries.values());
          waiting.entries.clear();
        }
        if (rooms.get(roomId)?.cursor !== before) doubts.settled(roomId);
        for (const { sequence } of batch) waiting.entries.delete(sequence);
        const after = rooms.get(roomId);
        if (after && isOutside(after)) waiting.entries.clear();
        else if (after?.cursor !== before) waiting.gaps = 0;
        needs.progressed();
      }
    } catch (error) {
      if (error instanceof StoreFull || error instanceof ChainsUnreachable)
        clock.after(stallMs, () => void run(roomId, waiting));
      else needs.failed(error);
    } finally {
      waiting.running = false;
    }
    if (waiting.overflowed && waiting.entries.size === 0) {
      waiting.overflowed = false;
      needs.restart();
    }
    watchForGap(roomId, waiting);
  }

  /** The server has lost nothing after all. */
  async function takeBack(roomId: RoomId, waiting: Waiting): Promise<void> {
    await rooms.update(roomId, (room) => ({ room: takenBack(room), durability: "strict" }));
    delete waiting.isTakenBack;
  }

  function watchForGap(roomId: RoomId, waiting: Waiting): void {
    const cursor = rooms.get(roomId)?.cursor ?? 0;
    if (waiting.entries.size === 0 || nextBehind(waiting.entries, cursor)) {
      delete waiting.aheadSince;
      return;
    }
    if (waiting.aheadSince !== undefined) return;
    waiting.aheadSince = clock.now();
    // Asking again costs every other room a new connection: what is withheld for long is asked for ever more rarely.
    const patienceMs = gapPatienceMs * 2 ** Math.min(waiting.gaps, maxGapDoublings);
    clock.after(patienceMs, () => {
      delete waiting.aheadSince;
      const now = rooms.get(roomId)?.cursor ?? 0;
      const [first] = waiting.entries.values();
      const plan = first && planEntry(first, { cursor: now, self, waitedMs: patienceMs });
      if (plan !== "gap" || nextBehind(waiting.entries, now)) return;
      waiting.entries.clear();
      waiting.gaps += 1;
      if (waiting.gaps === gapsUntilTold) needs.tellWithheld(roomId);
      needs.restart();
    });
  }

  /** @returns whether all of it counts; else the rest has to be asked for again. */
  async function applyBatch(roomId: RoomId, batch: readonly Entry[]): Promise<boolean> {
    let counts = true;
    for (const stretch of splitByKind(batch)) {
      if (stretch.sealed) counts &&= await openStretch(roomId, stretch.entries as FullEntry[]);
      else for (const entry of stretch.entries) counts &&= await applyPlain(roomId, entry);
    }
    const room = rooms.get(roomId);
    if (!room) return counts;
    needs.acknowledge(roomId, room.cursor);
    await needs.outbox.recheck(roomId, room.cursor);
    return counts;
  }

  async function applyPlain(roomId: RoomId, entry: Entry): Promise<boolean> {
    for (let isFresh = false; ; isFresh = true) {
      const room = rooms.get(roomId);
      if (!room || isOutside(room)) return true;
      const judged = await judgeSigned(room, entry, {
        directory: needs.directory,
        isFresh,
        latestTime: needs.latestTime(),
      });
      if (!("doubt" in judged)) {
        if (isOdd(room, judged, clock.now()) && isDoubted(room, entry)) return false;
        if (await persist(roomId, [judged], room)) return true;
        continue;
      }
      await needs.refresh(judged.doubt);
    }
  }

  /** Whoever has founded the room knows what stands first in it. */
  const isDoubted = (room: RoomRecord, entry: Entry): boolean =>
    (room.standing.state === "founding" && entry.sequence === 1) || doubts.isDoubted(room.roomId, entry);

  async function openStretch(roomId: RoomId, entries: readonly FullEntry[]): Promise<boolean> {
    const bySequence = new Map(entries.map((entry) => [entry.sequence, entry]));
    const judge = (outcomes: readonly EntryOutcome[]): Judged[] =>
      outcomes.flatMap((outcome) => {
        const entry = bySequence.get(outcome.sequence);
        return entry ? [{ entry, outcome }] : [];
      });
    let isFresh = false;
    for (;;) {
      const room = rooms.get(roomId);
      if (!room || isOutside(room)) return true;
      const rest = entries.filter(({ sequence }) => sequence > room.cursor);
      if (rest.length === 0) return true;
      const unopened = unopenedHere(room, rest, (entry) => needs.outbox.isOwn(roomId, entry));
      if (unopened) {
        // Meanwhile it may have come into the room again: then they are looked at once more.
        if (await persist(roomId, unopened, room)) return true;
        continue;
      }
      const opened = await needs.e2ee.open(
        roomOf(room),
        timed(room, rest, needs.latestTime()),
        async (outcomes) => {
          await persist(roomId, judge(outcomes));
        },
        {
          own: ownEntries(room),
          isFresh,
          isDoubted: (entry) => isDoubted(room, entry),
          isWaiting: room.trouble !== undefined,
        },
      );
      if (opened.outcome === "doubted") return false;
      isFresh = opened.outcome === "chain-missing";
      if (opened.outcome === "chain-missing") await needs.refresh(opened.userIds);
    }
  }

  const ownEntries = ({ roomId, ownCommits }: RoomRecord): OwnEntries => ({
    isOwn: (entry) =>
      entry.kind === "commit"
        ? ownCommits.some(({ hash }) => equalBytes(hash, sha256(entry.bytes)))
        : needs.outbox.isOwn(roomId, entry),
    commitEpochs: ownCommits.map(({ epoch }) => epoch),
  });

  /**
   * @param judgedFor the room that they were judged for: as soon as it stands otherwise they are not applied.
   * @returns whether they were.
   */
  async function persist(
    roomId: RoomId,
    judged: readonly Judged[],
    judgedFor?: RoomRecord,
  ): Promise<boolean> {
    if (judged.length === 0) return true;
    const before = rooms.get(roomId);
    let applied: Applied | undefined;
    const after = await rooms.update(roomId, async (room) => {
      if (judgedFor && !standsAlike(judgedFor, room)) return undefined;
      const fresh = judged.filter(({ entry }) => entry.sequence > room.cursor);
      const knowledge = await gatherKnowledge({ ...needs, sealedAs: needs.outbox.sealedAs }, room, fresh);
      applied = applyEntries(room, fresh, knowledge);
      return { room: applied.room, changes: recordsOf(roomId, applied), durability: "strict" };
    });
    if (!applied || !after) return false;
    needs.outbox.drop(applied.settled);
    for (const { entry } of judged)
      if ("sender" in entry && entry.sender === self) needs.shown(entry.submissionId);
    needs.changes.tell({ of: "room", roomId });
    needs.changes.tell({ of: "rooms" });
    if (before?.standing.state === "founding" && after.standing.state === "member") needs.onFounded(roomId);
    if (applied.epochChanged) needs.onEpoch(roomId);
    for (const ask of applied.asks) needs.onAsked(roomId, ask);
    if (after.standing.state === "left" && before?.standing.state !== "left") needs.onLeft(after);
    if (after.trouble && after.trouble !== before?.trouble) needs.onTrouble(roomId);
    return true;
  }

  return {
    onEntries,
    onConnection: doubts.begin,
    onRoom: (roomId) => void run(roomId, waitingOf(roomId)),
    async onDelivered(roomId, sequence) {
      // A claim about what is there: nothing that comes later has arrived before it was sent.
      const known = Math.max(
        rooms.get(roomId)?.cursor ?? 0,
        needs.outbox.lastClaimed(roomId),
        ...(byRoom.get(roomId)?.entries.keys() ?? []),
      );
      const upTo = atMost(known, sequence);
      const changed = await rooms.update(roomId, (room) =>
        upTo > room.delivered ? { room: { ...room, delivered: upTo } } : undefined,
      );
      if (!changed) return;
      needs.changes.tell({ of: "room", roomId });
      needs.changes.tell({ of: "rooms" });
    },
    remaining: () =>
      [...byRoom].reduce((sum, [roomId, { entries }]) => sum + (rooms.get(roomId) ? entries.size : 0), 0),
  };
}
