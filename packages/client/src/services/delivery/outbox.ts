/**
 * Sends what was composed: stored first, sealed in batches, the sealed bytes stored before they leave, submitted until
 * the server has answered. A crash anywhere in between goes on from what is stored (P6, TESTS F7).
 */
import type { E2ee } from "@nimes/e2ee/e2ee";
import { weigh } from "@nimes/protocol/claimed";
import type { Body } from "@nimes/protocol/content/kinds";
import type { Entry } from "@nimes/protocol/entry";
import type { ClientId, MessageId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newMessageId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { findSealed } from "../../core/find-sealed.ts";
import type { GroupNow, OutboxRecord, SealedRecord, Stage } from "../../core/outbox-record.ts";
import {
  afterContradiction,
  afterLeaving,
  afterRefusal,
  afterRetry,
  inSealingOrder,
  isSealed,
  isShown,
  sealableAt,
} from "../../core/outbox-record.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { hasReaders, roomOf } from "../../core/room-record.ts";
import type { SealingBatch } from "../../core/sealing-batch.ts";
import { nextBatch, sealedRecords } from "../../core/sealing-batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store, Write } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { RoomChange, RoomRecords } from "../rooms/room-records.ts";
import { createSerial } from "../serial.ts";
import { deleteRecord, loadOutboxList, putRecord } from "./outbox-list.ts";
import type { SubmissionAnswer, Submissions } from "./submissions.ts";

export type Outbox = {
  /** Stores a message; it goes out by itself. */
  compose(roomId: RoomId, body: Body, options?: ComposeOptions): Promise<MessageId>;
  /** Changes a room and stores the message that follows from it, in one batch: a crash leaves both or neither (F7). */
  composeWith(roomId: RoomId, make: (room: RoomRecord) => RoomWithMessage | undefined): Promise<void>;
  records(roomId: RoomId): readonly OutboxRecord[];
  /** The last place in the log that the server has given to an own message which it has not shown; 0 = none. */
  lastClaimed(roomId: RoomId): number;
  /** Own messages that are on their way, without the wedged ones. */
  waiting(): number;
  /** Whether something is to be sealed in a room. */
  waitsToSeal(roomId: RoomId): boolean;
  /** Seals and submits what is ready in a room; gives up what waits in one that this device has left. */
  drain(roomId: RoomId): void;
  /** After a start: goes on with whatever had been begun. */
  resume(): void;
  /** A new connection: what the server says it has taken and the log has not shown goes again, under the same id. */
  claimAgain(): void;
  /** Whether an entry has the bytes that this device sent under its submission id. */
  isOwn(roomId: RoomId, entry: Entry): boolean;
  /** The own message that an entry shows. */
  sealedAs(roomId: RoomId, entry: Entry): SealedRecord | undefined;
  /** Forgets what has left the outbox in the store. */
  drop(records: readonly OutboxRecord[]): void;
  /** The log has been read up to here: what the server said to stand before and does not goes again. */
  recheck(roomId: RoomId, cursor: number): Promise<void>;
  /** Progress of an upload: shown, not stored. */
  noteProgress(roomId: RoomId, messageId: MessageId, sent: number): void;
  setStage(roomId: RoomId, messageId: MessageId, change: (stage: Stage) => Stage): Promise<void>;
  retry(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** @returns `forbidden` when the message may have been accepted already. */
  discard(roomId: RoomId, messageId: MessageId): Promise<Result<OutboxRecord>>;
  /** Takes everything of one room over into another. */
  move(from: RoomId, to: RoomId): Promise<void>;
};

export type ComposeOptions = {
  messageId?: MessageId;
  stage?: Stage;
  /** Where it stands in the log already, and when it was composed, own clock. */
  again?: number;
  composedAt?: number;
  with?: readonly Write[];
};

/** A change of a room, and what is to be said with it, if anything. */
export type RoomWithMessage = RoomChange & { body?: Body };

export type OutboxNeeds = {
  self: ClientId;
  store: Store;
  e2ee: E2ee;
  rooms: RoomRecords;
  submissions: Submissions;
  changes: Changes;
  clock: Clock;
  /** Whether the connection is open and everything that had been waiting has come. */
  isOnline(): boolean;
  /** Whether nothing may be sealed for a device of a room any more. */
  mayNotRead(room: RoomRecord, device: ClientId): boolean;
  /** Takes such devices out of a room; the next epoch drains it. */
  takeOut(roomId: RoomId): void;
  /** The server says that this device is not in the room. */
  outside(roomId: RoomId): void;
  /** Where the server said that an own message stands, something else does. */
  tellFork(roomId: RoomId): Promise<void>;
  /** The server says that something stands in the log: it must show it. */
  claimed(submissionId: SubmissionId): void;
  failed(error: unknown): void;
};

export async function loadOutbox(needs: OutboxNeeds): Promise<Outbox> {
  const { store, rooms, changes, e2ee, submissions } = needs;
  const list = await loadOutboxList(store);
  const draining = createSerial();
  /** Being sealed at this moment: too late to be deleted, because its counter is taken. */
  const sealing = new Set<MessageId>();

  const tell = (roomId: RoomId): void => {
    changes.tell({ of: "room", roomId });
    changes.tell({ of: "rooms" });
    changes.tell({ of: "state" });
  };

  async function compose(roomId: RoomId, body: Body, options: ComposeOptions = {}): Promise<MessageId> {
    const messageId = options.messageId ?? newMessageId();
    const stage: Stage = options.stage ?? { at: "waiting" };
    const composedAt = options.composedAt ?? needs.clock.now();
    const { again } = options;
    const record = { roomId, messageId, composedAt, body, stage, ...(again !== undefined && { again }) };
    await list.append(record, options.with ?? []);
    const current = rooms.current(roomId);
    // Its room has turned out to exist already while this was being written.
    if (current !== roomId) await list.move(roomId, current);
    tell(current);
    drain(current);
    return messageId;
  }

  function drain(roomId: RoomId): void {
    draining(roomId, () => drainRoom(roomId)).catch(needs.failed);
  }

  async function drainRoom(roomId: RoomId): Promise<void> {
    const before = rooms.get(roomId);
    if (before?.standing.state === "left") return giveUp(roomId);
    if (!before || !needs.isOnline() || !isReady(before)) return;
    if (waitsToSeal(roomId) && hasForbiddenReader(before)) return needs.takeOut(roomId);
    if (before.profileDue) await composeProfile(roomId);
    let isMore = true;
    while (isMore) isMore = await sealNext(roomId);
  }

  /** What the server says of epochs may be wrong: sealed again after a while, without a new epoch too. */
  function drainLater(roomId: RoomId, group: GroupNow, now: number): void {
    const times = list.of(roomId).map(({ stage }) => sealableAt(stage, group));
    const next = Math.min(...times.filter((at) => at > now));
    if (Number.isFinite(next)) needs.clock.after(next - now, () => drain(roomId));
  }

  /** Nothing leaves from a room that this device is no longer in: that is said, instead of waiting for ever. */
  async function giveUp(roomId: RoomId): Promise<void> {
    const stuck = list.of(roomId).flatMap((record): OutboxRecord[] => {
      const stage = afterLeaving(record.stage);
      return stage === record.stage ? [] : [{ ...record, stage }];
    });
    if (stuck.length === 0) return;
    await list.replace(stuck);
    tell(roomId);
  }

  const isReady = (room: RoomRecord): boolean =>
    room.standing.state === "member" &&
    room.trouble === undefined &&
    room.introduced &&
    hasReaders(room, needs.self);

  const waitsToSeal = (roomId: RoomId): boolean =>
    (rooms.get(roomId)?.profileDue ?? false) || list.of(roomId).some(({ stage }) => stage.at === "waiting");

  /** Whoever has the old phone could read on until its leaf is out of the tree (DESIGN §3, gate 5). */
  const hasForbiddenReader = (room: RoomRecord): boolean =>
    room.devices.some((device) => needs.mayNotRead(room, device));

  /** @returns whether there may be more: planned anew, also where a commit came between. */
  async function sealNext(roomId: RoomId): Promise<boolean> {
    const room = rooms.get(roomId);
    if (!room || !waitsToSeal(roomId)) return false;
    let batch: SealingBatch | undefined;
    try {
      const outcome = await e2ee.seal(roomOf(room), (epoch) => {
        batch = planBatch(roomId, { groupId: room.groupId, epoch });
        for (const { messageId } of batch?.records ?? []) sealing.add(messageId);
        return batch;
      });
      if (outcome.outcome === "moved") await rooms.showDevices(roomId, outcome.devices);
      if (outcome.outcome !== "sealed" || !batch) return outcome.outcome === "moved";
      const { epoch, sealed } = outcome;
      const records = sealedRecords(batch, { groupId: room.groupId, epoch }, sealed);
      await list.replace(records);
      for (const record of records) submit(record);
      return true;
    } finally {
      for (const { messageId } of batch?.records ?? []) sealing.delete(messageId);
    }
  }

  /** Looks again: much may have changed until the encryption was free to tell the group's epoch. */
  function planBatch(roomId: RoomId, group: GroupNow): SealingBatch | undefined {
    const room = rooms.get(roomId);
    if (!room || room.groupId !== group.groupId || !needs.isOnline() || !isReady(room)) return undefined;
    if (hasForbiddenReader(room)) return undefined;
    const now = needs.clock.now();
    const batch = nextBatch(room, list.of(roomId), { epoch: group.epoch, now });
    if (!batch) drainLater(roomId, group, now);
    return batch;
  }

  function submit(record: SealedRecord): void {
    const { roomId, stage } = record;
    const { submissionId, epoch, sealed } = stage;
    submissions
      .submit({ roomId, submissionId, submission: { kind: "application", epoch, bytes: sealed } })
      .then((answer) => onAnswer(record, answer))
      .catch(needs.failed);
  }

  async function onAnswer(record: SealedRecord, answer: SubmissionAnswer): Promise<void> {
    const { roomId } = record;
    const { submissionId } = record.stage;
    // By the bytes: one message may be sealed again for several who asked.
    const now = list
      .of(roomId)
      .filter(isSealed)
      .find(({ stage }) => stage.submissionId === submissionId);
    if (!now) return;
    if (answer.answer === "accepted") {
      // In memory only: after a start the same bytes are submitted again, and answered again.
      list.show({ ...now, stage: { ...now.stage, claimed: weigh(answer.sequence) } });
      tell(roomId);
      needs.claimed(submissionId);
    } else {
      await list.replace([{ ...now, stage: afterRefusal(now.stage, answer.code, needs.clock.now()) }]);
      tell(roomId);
      if (answer.code === "not-a-member") needs.outside(roomId);
    }
    drain(roomId);
  }

  async function recheck(roomId: RoomId, cursor: number): Promise<void> {
    const wrong = list
      .of(roomId)
      .filter(isSealed)
      .filter(({ stage }) => stage.claimed !== undefined && stage.claimed <= cursor);
    if (wrong.length === 0) return;
    // What the server has lost with a restored backup is said once for all of it.
    const { lost } = rooms.get(roomId) ?? {};
    const isLost = ({ claimed = 0 }: { claimed?: number }): boolean =>
      lost !== undefined && claimed > lost.from && claimed < lost.until;
    if (!wrong.every(({ stage }) => isLost(stage))) await needs.tellFork(roomId);
    const changed = wrong.map(
      (record): OutboxRecord => ({ ...record, stage: afterContradiction(record.stage) }),
    );
    await list.replace(changed);
    tell(roomId);
    for (const record of changed) if (isSealed(record)) submit(record);
    drain(roomId);
  }

  const sealedAs = (roomId: RoomId, entry: Entry) => findSealed(list.of(roomId), needs.self, entry);
  const isOwn = (roomId: RoomId, entry: Entry): boolean => sealedAs(roomId, entry) !== undefined;

  /** @param place where the message goes, behind everything unless given. @returns whether the room has changed. */
  async function composeIn(
    roomId: RoomId,
    make: (room: RoomRecord) => RoomWithMessage | undefined,
    place: (roomId: RoomId) => number = list.behind,
  ): Promise<boolean> {
    let composed: OutboxRecord | undefined;
    const changed = await rooms.update(roomId, (room) => {
      const made = make(room);
      if (!made) return undefined;
      const { body, changes = [] } = made;
      composed = body && {
        roomId,
        position: place(roomId),
        messageId: newMessageId(),
        composedAt: needs.clock.now(),
        body,
        stage: { at: "waiting" },
      };
      const together = composed ? [...changes, putRecord(composed)] : changes;
      return { room: made.room, changes: together, durability: "strict" };
    });
    if (composed) list.insert(composed);
    return changed !== undefined;
  }

  async function composeWith(
    roomId: RoomId,
    make: (room: RoomRecord) => RoomWithMessage | undefined,
  ): Promise<void> {
    if (!(await composeIn(roomId, make))) return;
    tell(roomId);
    drain(roomId);
  }

  /** Whoever was added since does not know the name of the room: it goes before everything that waits. */
  async function composeProfile(roomId: RoomId): Promise<void> {
    const isWaiting = (): boolean =>
      list.of(roomId).some(({ body, stage }) => body.kind === "room-profile" && stage.at === "waiting");
    const make = (room: RoomRecord): RoomWithMessage | undefined => {
      if (!room.profileDue) return undefined;
      const next = { room: { ...room, profileDue: false } };
      return isWaiting() ? next : { ...next, body: { kind: "room-profile", name: room.name } };
    };
    await composeIn(roomId, make, list.front);
  }

  async function setStage(
    roomId: RoomId,
    messageId: MessageId,
    change: (stage: Stage) => Stage,
  ): Promise<void> {
    const record = list.find(roomId, messageId);
    if (!record) return;
    await list.replace([{ ...record, stage: change(record.stage) }]);
    tell(roomId);
  }

  return {
    compose,
    composeWith,
    records: list.of,
    lastClaimed: (roomId) =>
      Math.max(0, ...list.of(roomId).map(({ stage }) => (stage.at === "sealed" ? (stage.claimed ?? 0) : 0))),
    waiting: () => list.all().filter((record) => isShown(record) && record.stage.at !== "wedged").length,
    waitsToSeal,
    drain,
    resume() {
      for (const record of inSealingOrder(list.all())) submit(record);
      for (const { roomId, standing } of rooms.all()) if (standing.state === "left") drain(roomId);
    },
    claimAgain() {
      for (const record of inSealingOrder(list.all())) if (record.stage.claimed !== undefined) submit(record);
    },
    isOwn,
    sealedAs,
    drop: list.drop,
    recheck,
    setStage,
    noteProgress(roomId, messageId, sent) {
      const record = list.find(roomId, messageId);
      if (record?.stage.at === "uploading") list.show({ ...record, stage: { ...record.stage, sent } });
    },
    async retry(roomId, messageId) {
      await setStage(roomId, messageId, afterRetry);
      drain(roomId);
    },
    async discard(roomId, messageId) {
      const record = list.find(roomId, messageId);
      if (!record) return refuse("not-found");
      if (record.stage.at === "sealed" || sealing.has(messageId)) return refuse("forbidden");
      list.drop([record]);
      await store.write([deleteRecord(record), { delete: "pictures", key: [roomId, messageId] }], "strict");
      tell(roomId);
      return ok(record);
    },
    async move(from, to) {
      await list.move(from, to);
      tell(to);
    },
  };
}
