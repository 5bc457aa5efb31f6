/**
 * Sends what was composed: stored first, sealed in batches, the sealed bytes stored before they leave, submitted until
 * the server has answered. A crash anywhere in between goes on from what is stored (P6, TESTS F7).
 */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { Content } from "@nimes/protocol/content";
import { entryDigest } from "@nimes/protocol/entry";
import type { ClientId, MessageId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { newMessageId, newSubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { ownMessageIndex } from "../core/apply-entries.ts";
import type { OutboxRecord, OutgoingBody, SealedRecord, SealedStage, Stage } from "../core/outbox-record.ts";
import {
  afterLeaving,
  afterRefusal,
  afterRetry,
  assignCounters,
  inSealingOrder,
  isSealed,
  planSealing,
} from "../core/outbox-record.ts";
import type { RoomRecord } from "../core/room-record.ts";
import { hasReaders } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
import { deleteRecord, loadOutboxList, putRecord } from "./outbox-list.ts";
import type { RoomChange, RoomRecords } from "./room-records.ts";
import { createSerial } from "./serial.ts";
import type { SubmissionAnswer, Submissions } from "./submissions.ts";

export type Outbox = {
  /** Stores a message; it goes out by itself. */
  compose(
    roomId: RoomId,
    body: OutgoingBody,
    options?: { messageId?: MessageId; stage?: Stage; with?: readonly Change[] },
  ): Promise<MessageId>;
  records(roomId: RoomId): readonly OutboxRecord[];
  /** Own messages that are on their way, without the wedged ones. */
  waiting(): number;
  /** Whether something is to be sealed in a room. */
  waitsToSeal(roomId: RoomId): boolean;
  /** Seals and submits what is ready in a room; gives up what waits in one that this device has left. */
  drain(roomId: RoomId): void;
  /** After a start: goes on with whatever had been begun. */
  resume(): void;
  /** The server has accepted a submission, by its answer or by showing the entry. Doing it again changes nothing. */
  settle(roomId: RoomId, submissionId: SubmissionId, at: { sequence: number }): Promise<void>;
  /** Progress of an upload: shown, not stored. */
  noteProgress(roomId: RoomId, messageId: MessageId, sent: number): void;
  setStage(roomId: RoomId, messageId: MessageId, change: (stage: Stage) => Stage): Promise<void>;
  retry(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** @returns `forbidden` when the message may have been accepted already. */
  discard(roomId: RoomId, messageId: MessageId): Promise<Result<OutboxRecord>>;
  /** Takes everything of one room over into another. */
  move(from: RoomId, to: RoomId): Promise<void>;
};

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
  /** Whether nothing may be sealed for a device any more. */
  isOver(device: ClientId): boolean;
  /** Takes such devices out of a room; the next epoch drains it. */
  takeOutEnded(roomId: RoomId): void;
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

  async function compose(
    roomId: RoomId,
    body: OutgoingBody,
    options: { messageId?: MessageId; stage?: Stage; with?: readonly Change[] } = {},
  ): Promise<MessageId> {
    const messageId = options.messageId ?? newMessageId();
    const stage: Stage = options.stage ?? { at: "waiting" };
    const composedAt = needs.clock.now();
    await list.append({ roomId, messageId, composedAt, body, stage }, options.with ?? []);
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
    if (waitsToSeal(roomId) && hasEndedReader(before)) return needs.takeOutEnded(roomId);
    if (before.profileDue) await composeProfile(roomId);
    for (;;) {
      const epoch = await e2ee.epochOf(roomId);
      const room = rooms.get(roomId);
      if (epoch === undefined || !room || !needs.isOnline() || !isReady(room)) return;
      if (hasEndedReader(room)) return;
      const toSeal = planSealing(list.of(roomId), epoch);
      if (toSeal.length === 0) return;
      for (const { messageId } of toSeal) sealing.add(messageId);
      try {
        for (const record of await sealAll(room, toSeal, epoch)) submit(record);
      } finally {
        for (const { messageId } of toSeal) sealing.delete(messageId);
      }
    }
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
    room.standing.state === "member" && room.introduced && hasReaders(room, needs.self);

  const waitsToSeal = (roomId: RoomId): boolean =>
    (rooms.get(roomId)?.profileDue ?? false) || list.of(roomId).some(({ stage }) => stage.at === "waiting");

  /** Whoever has the old phone could read on until its leaf is out of the tree (DESIGN §3, gate 5). */
  const hasEndedReader = (room: RoomRecord): boolean => room.devices.some(needs.isOver);

  /** @returns nothing when a commit came between: what is to be sealed is planned anew then. */
  async function sealAll(
    room: RoomRecord,
    toSeal: readonly OutboxRecord[],
    epoch: number,
  ): Promise<SealedRecord[]> {
    const { roomId } = room;
    const counters = assignCounters(toSeal, list.of(roomId), room.ownCounter);
    const seen = { sequence: room.cursor, hash: room.hash };
    const contents = toSeal.map(
      ({ messageId, composedAt, body }, index): Content => ({
        messageId,
        time: composedAt,
        counter: counters[index] ?? 0,
        seen,
        body,
      }),
    );
    const sealed = await e2ee.seal({ roomId, roles: room.roles }, contents, epoch);
    if (!sealed) return [];
    const records = toSeal.map((record, index): SealedRecord => {
      const stage: SealedStage = {
        at: "sealed",
        epoch,
        counter: counters[index] ?? 0,
        submissionId: newSubmissionId(),
        sealed: Uint8Array.from(sealed[index] ?? []),
      };
      return { ...record, stage };
    });
    await list.replace(records);
    return records;
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
    const { roomId, stage } = record;
    if (answer.answer === "accepted") await settle(roomId, stage.submissionId, answer);
    else {
      await setStage(roomId, record.messageId, (now) =>
        now.at === "sealed" && now.submissionId === stage.submissionId
          ? afterRefusal(now, answer.code, answer.epoch)
          : now,
      );
    }
    drain(roomId);
  }

  /** Accepted and not yet stored as such: whatever comes while a batch is being written goes into the next. */
  const accepted = new Map<RoomId, Map<SubmissionId, number>>();

  async function settle(
    roomId: RoomId,
    submissionId: SubmissionId,
    { sequence }: { sequence: number },
  ): Promise<void> {
    accepted.set(roomId, (accepted.get(roomId) ?? new Map()).set(submissionId, sequence));
    const done: SealedRecord[] = [];
    await rooms.update(roomId, (room) => {
      const batch = accepted.get(roomId);
      accepted.delete(roomId);
      let change: Required<RoomChange> = { room, changes: [], durability: "strict" };
      for (const record of batch ? list.of(roomId).filter(isSealed) : []) {
        const at = batch?.get(record.stage.submissionId);
        if (at === undefined) continue;
        done.push(record);
        const next = settled(change.room, record, at);
        change = { ...change, room: next.room, changes: [...change.changes, ...next.changes] };
      }
      return done.length > 0 ? change : undefined;
    });
    if (done.length === 0) return;
    list.drop(done);
    tell(roomId);
  }

  /** From the outbox into the timeline, in one batch. */
  function settled(
    room: RoomRecord,
    record: SealedRecord,
    sequence: number,
  ): { room: RoomRecord; changes: Change[] } {
    const { roomId, messageId, body, composedAt, stage } = record;
    const sender = needs.self;
    const { submissionId, epoch, sealed } = stage;
    const digest = entryDigest({ sequence, kind: "application", epoch, sender, submissionId, bytes: sealed });
    const out = deleteRecord(record);
    const next: RoomRecord = {
      ...room,
      ownCounter: Math.max(room.ownCounter, stage.counter),
      promised: sequence > room.cursor ? [...room.promised, { sequence, digest }] : room.promised,
    };
    if (body.kind === "room-profile") return { room: next, changes: [out] };
    const isNewest = (room.last?.sequence ?? 0) < sequence;
    return {
      room: isNewest ? { ...next, last: { messageId, sender, at: composedAt, sequence, body } } : next,
      changes: [
        out,
        {
          put: "timeline",
          key: [roomId, sequence, ownMessageIndex],
          record: { kind: "message", messageId, sender, sentAt: composedAt, body },
        },
        { put: "messages", key: [roomId, messageId], record: { sequence, index: ownMessageIndex } },
      ],
    };
  }

  /** Whoever was added since does not know the name of the room: it goes before everything that waits. */
  async function composeProfile(roomId: RoomId): Promise<void> {
    let composed: OutboxRecord | undefined;
    await rooms.update(roomId, (room) => {
      if (!room.profileDue) return undefined;
      const next: RoomChange = { room: { ...room, profileDue: false }, durability: "strict" };
      const isWaiting = list
        .of(roomId)
        .some(({ body, stage }) => body.kind === "room-profile" && stage.at === "waiting");
      if (isWaiting) return next;
      composed = {
        roomId,
        position: list.front(roomId),
        messageId: newMessageId(),
        composedAt: needs.clock.now(),
        body: { kind: "room-profile", name: room.name },
        stage: { at: "waiting" },
      };
      return { ...next, changes: [putRecord(composed)] };
    });
    if (composed) list.insert(composed);
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
    records: list.of,
    waiting: () =>
      list.all().filter(({ body, stage }) => body.kind !== "room-profile" && stage.at !== "wedged").length,
    waitsToSeal,
    drain,
    resume() {
      for (const record of inSealingOrder(list.all())) submit(record);
      for (const { roomId, standing } of rooms.all()) if (standing.state === "left") drain(roomId);
    },
    settle,
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
