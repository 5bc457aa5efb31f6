/**
 * Receives the entries of the room logs: in order, each exactly once. What an entry says, the cursor behind it and the
 * running hash are stored in one batch inside the MLS transaction that opens it; only then is it acknowledged (P2).
 */
import type { E2ee, EntryOutcome } from "@nimes/e2ee/e2ee";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Applied, Judged } from "../core/apply-entries.ts";
import { applyEntries } from "../core/apply-entries.ts";
import { judgePlain, splitByKind } from "../core/entry-stretches.ts";
import { gapPatienceMs, planEntry } from "../core/plan-entry.ts";
import { isKeptCommit, recoverCommit } from "../core/recover-commit.ts";
import type { RoomRecord } from "../core/room-record.ts";
import { mayChangeMembers } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { StoreFull } from "../ports/store.ts";
import { ChainsUnreachable } from "./chains-unreachable.ts";
import type { Changes } from "./changes.ts";
import type { Outbox } from "./outbox.ts";
import { gatherKnowledge, recordsOf } from "./room-knowledge.ts";
import type { RoomRecords } from "./room-records.ts";

export type Inbox = {
  /** Entries of one room as they came; those of a room that is not there yet wait for it a moment. */
  onEntries(roomId: RoomId, entries: readonly Entry[]): void;
  /** The room has come into being on this device: entries that waited for it go on. */
  onRoom(roomId: RoomId): void;
  onDelivered(roomId: RoomId, sequence: number): Promise<void>;
  /** Entries that are still to be opened. */
  remaining(): number;
};

export type InboxNeeds = {
  self: ClientId;
  store: Store;
  e2ee: E2ee;
  rooms: RoomRecords;
  outbox: Pick<Outbox, "settle">;
  changes: Changes;
  clock: Clock;
  /** Everything up to here is durable. */
  acknowledge(roomId: RoomId, sequence: number): void;
  /** Fetches chains; afterwards the directory's lookup says something for each of the users. */
  prove(userIds: readonly UserId[]): Promise<void>;
  /** As `prove`; whether a device is on a chain is then judged by the newest one. */
  proveDevices(clientIds: readonly ClientId[]): Promise<void>;
  /** Anybody may take out a device that has ended: whoever does not know yet that it has asks before judging. */
  proveEnded(clientIds: readonly ClientId[]): Promise<void>;
  isEnded(clientId: ClientId): boolean;
  /** A commit was applied, perhaps the one that took this device out. */
  onEpoch(roomId: RoomId): void;
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
/** After the device's storage was full, or the network was away while a chain was needed. */
const stallMs = 5_000;

type Waiting = {
  entries: Map<number, Entry>;
  running: boolean;
  aheadSince?: number;
  /** More came than is kept; the rest is asked for when these are done. */
  overflowed?: boolean;
};

export function createInbox(needs: InboxNeeds): Inbox {
  const { clock, rooms, self } = needs;
  const byRoom = new Map<RoomId, Waiting>();

  function waitingOf(roomId: RoomId): Waiting {
    const waiting = byRoom.get(roomId) ?? { entries: new Map(), running: false };
    byRoom.set(roomId, waiting);
    return waiting;
  }

  function onEntries(roomId: RoomId, entries: readonly Entry[]): void {
    const room = rooms.get(roomId);
    if (!room) {
      keepForWelcome(roomId, entries);
      return;
    }
    const waiting = waitingOf(roomId);
    for (const entry of entries) {
      const plan = planEntry(entry, { cursor: room.cursor, self, waitedMs: 0 });
      if (plan === "duplicate") continue;
      if (waiting.entries.size < maxWaitingEntries) waiting.entries.set(entry.sequence, entry);
      else waiting.overflowed = true;
    }
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
        const batch = takeBatch(roomId, waiting);
        if (batch.length === 0) break;
        await applyBatch(roomId, batch);
        for (const { sequence } of batch) waiting.entries.delete(sequence);
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

  /** The next entries behind the cursor, without a gap. */
  function takeBatch(roomId: RoomId, waiting: Waiting): Entry[] {
    const cursor = rooms.get(roomId)?.cursor ?? Number.POSITIVE_INFINITY;
    for (const sequence of waiting.entries.keys()) if (sequence <= cursor) waiting.entries.delete(sequence);
    const batch: Entry[] = [];
    for (let next = cursor + 1; batch.length < batchSize; next += 1) {
      const entry = waiting.entries.get(next);
      if (!entry) break;
      batch.push(entry);
    }
    return batch;
  }

  function watchForGap(roomId: RoomId, waiting: Waiting): void {
    const cursor = rooms.get(roomId)?.cursor ?? 0;
    if (waiting.entries.size === 0 || waiting.entries.has(cursor + 1)) {
      delete waiting.aheadSince;
      return;
    }
    if (waiting.aheadSince !== undefined) return;
    waiting.aheadSince = clock.now();
    clock.after(gapPatienceMs, () => {
      delete waiting.aheadSince;
      const now = rooms.get(roomId)?.cursor ?? 0;
      const [first] = waiting.entries.values();
      const plan = first && planEntry(first, { cursor: now, self, waitedMs: gapPatienceMs });
      if (plan !== "gap" || waiting.entries.has(now + 1)) return;
      waiting.entries.clear();
      needs.restart();
    });
  }

  async function applyBatch(roomId: RoomId, batch: readonly Entry[]): Promise<void> {
    // An entry of this device that comes back is an answer, too, should the server's own have been lost.
    for (const entry of batch)
      if (entry.sender === self && entry.kind === "application")
        await needs.outbox.settle(roomId, entry.submissionId, entry);
    for (const stretch of splitByKind(batch)) {
      if (stretch.sealed) await openStretch(roomId, stretch.entries as FullEntry[]);
      else
        await persist(
          roomId,
          stretch.entries.map((entry) => judgePlain(rooms.get(roomId), entry)),
        );
    }
    const room = rooms.get(roomId);
    if (room) needs.acknowledge(roomId, room.cursor);
  }

  async function openStretch(roomId: RoomId, entries: readonly FullEntry[]): Promise<void> {
    const bySequence = new Map(entries.map((entry) => [entry.sequence, entry]));
    const judge = (outcomes: readonly EntryOutcome[], tree?: readonly ClientId[]): Judged[] =>
      outcomes.flatMap((outcome) => {
        const entry = bySequence.get(outcome.sequence);
        if (!entry) return [];
        const known = rooms.get(roomId)?.devices ?? [];
        return [{ entry, outcome: tree ? recoverCommit(outcome, entry, { known, tree }) : outcome }];
      });
    for (;;) {
      const room = rooms.get(roomId);
      if (!room) return;
      const rest = entries.filter(({ sequence }) => sequence > room.cursor);
      if (rest.length === 0) return;
      if (room.standing.state === "left") {
        await persist(roomId, judge(rest.map(({ sequence, sender }) => refusedEntry(sequence, sender))));
        return;
      }
      await needs.proveDevices(rest.flatMap(({ sender, devices = [] }) => [sender, ...devices]));
      await needs.proveEnded(takenOut(room, rest));
      const missing = await openOnce(room, rest, judge);
      if (missing) await needs.prove(missing);
    }
  }

  /** @returns users whose chains are missing. */
  async function openOnce(
    room: RoomRecord,
    entries: readonly FullEntry[],
    judge: (outcomes: readonly EntryOutcome[], tree?: readonly ClientId[]) => Judged[],
  ): Promise<UserId[] | undefined> {
    const { roomId, roles } = room;
    const hasCommit = entries.some(({ kind }) => kind === "commit");
    const tree = hasCommit ? await needs.e2ee.devicesOf(roomId) : undefined;
    /** A commit whose transaction has not ended yet, see core/recover-commit. */
    let kept: Judged[] = [];
    const opened = await needs.e2ee.open({ roomId, roles }, entries, async (outcomes) => {
      const before = kept;
      kept = [];
      if (outcomes.some(isKeptCommit)) {
        await persist(roomId, before);
        kept = judge(outcomes, tree);
      } else {
        await persist(roomId, [...before, ...judge(outcomes, tree)]);
      }
    });
    await persist(roomId, kept);
    return opened.outcome === "chain-missing" ? opened.userIds : undefined;
  }

  async function persist(roomId: RoomId, judged: readonly Judged[]): Promise<void> {
    if (judged.length === 0) return;
    let applied: Applied | undefined;
    await rooms.update(roomId, async (room) => {
      const fresh = judged.filter(({ entry }) => entry.sequence > room.cursor);
      const knowledge = await gatherKnowledge(needs, room, fresh);
      applied = applyEntries(room, fresh, knowledge);
      return { room: applied.room, changes: recordsOf(roomId, applied), durability: "strict" };
    });
    if (!applied) return;
    needs.changes.tell({ of: "room", roomId });
    needs.changes.tell({ of: "rooms" });
    if (applied.epochChanged) needs.onEpoch(roomId);
  }

  return {
    onEntries,
    onRoom: (roomId) => void run(roomId, waitingOf(roomId)),
    async onDelivered(roomId, sequence) {
      const changed = await rooms.update(roomId, (room) =>
        sequence > room.delivered ? { room: { ...room, delivered: sequence } } : undefined,
      );
      if (!changed) return;
      needs.changes.tell({ of: "room", roomId });
      needs.changes.tell({ of: "rooms" });
    },
    remaining: () =>
      [...byRoom].reduce((sum, [roomId, { entries }]) => sum + (rooms.get(roomId) ? entries.size : 0), 0),
  };
}

/** Devices that are taken out by somebody who may only do so when they have ended. */
function takenOut(room: RoomRecord, entries: readonly FullEntry[]): ClientId[] {
  let devices = room.devices;
  return entries.flatMap((entry) => {
    if (entry.kind !== "commit" || !entry.devices) return [];
    const after = new Set(entry.devices);
    const out = devices.filter((device) => !after.has(device));
    devices = entry.devices;
    const sender = userOf(entry.sender);
    return mayChangeMembers(room, sender) ? [] : out.filter((device) => userOf(device) !== sender);
  });
}

const refusedEntry = (sequence: number, sender: ClientId): EntryOutcome => ({
  outcome: "refused",
  sequence,
  sender,
  reason: "unreadable",
});
