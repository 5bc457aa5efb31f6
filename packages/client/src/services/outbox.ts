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
import { afterRefusal, afterRetry, assignCounters, isSealed, planSealing } from "../core/outbox-record.ts";
import type { RoomRecord } from "../core/room-record.ts";
import { hasReaders } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
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
  find(roomId: RoomId, messageId: MessageId): OutboxRecord | undefined;
  /** Own messages that are on their way, without the wedged ones. */
  waiting(): number;
  /** Seals and submits what is ready in a room. */
  drain(roomId: RoomId): void;
  /** After a start: submits again whatever had been sealed. */
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
  failed(error: unknown): void;
};

export async function loadOutbox(needs: OutboxNeeds): Promise<Outbox> {
  const { store, rooms, changes, e2ee, submissions } = needs;
  const byRoom = new Map<RoomId, OutboxRecord[]>();
  for (const { record } of await store.list("outbox", { prefix: [] })) listOf(record.roomId).push(record);
  const draining = createSerial();

  function listOf(roomId: RoomId): OutboxRecord[] {
    const list = byRoom.get(roomId) ?? [];
    byRoom.set(roomId, list);
    return list;
  }
  const setList = (roomId: RoomId, list: OutboxRecord[]): void => void byRoom.set(roomId, list);
  const replaceInList = (roomId: RoomId, replaced: readonly OutboxRecord[]): void =>
    setList(
      roomId,
      listOf(roomId).map((record) => replaced.find(({ position }) => position === record.position) ?? record),
    );
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
    const list = listOf(roomId);
    const record: OutboxRecord = {
      roomId,
      position: (list.at(-1)?.position ?? 0) + 1,
      messageId,
      composedAt: needs.clock.now(),
      body,
      stage: options.stage ?? { at: "waiting" },
    };
    // In the list at once, so that two composed in one breath get two places; out again when it cannot be stored.
    list.push(record);
    try {
      await store.write([put(record), ...(options.with ?? [])], "strict");
    } catch (error) {
      setList(
        roomId,
        listOf(roomId).filter((other) => other !== record),
      );
      throw error;
    }
    tell(roomId);
    drain(roomId);
    return messageId;
  }

  function drain(roomId: RoomId): void {
    draining(roomId, () => drainRoom(roomId)).catch(needs.failed);
  }

  async function drainRoom(roomId: RoomId): Promise<void> {
    const before = rooms.get(roomId);
    if (!before || !needs.isOnline() || !isReady(before)) return;
    if (before.profileDue) await composeProfile(roomId);
    for (;;) {
      const epoch = await e2ee.epochOf(roomId);
      const room = rooms.get(roomId);
      if (epoch === undefined || !room || !needs.isOnline() || !isReady(room)) return;
      const toSeal = planSealing(listOf(roomId), epoch);
      if (toSeal.length === 0) return;
      for (const record of await sealAll(room, toSeal)) submit(record);
    }
  }

  const isReady = (room: RoomRecord): boolean =>
    room.standing.state === "member" && room.introduced && hasReaders(room, needs.self);

  async function sealAll(room: RoomRecord, toSeal: readonly OutboxRecord[]): Promise<SealedRecord[]> {
    const { roomId } = room;
    const counters = assignCounters(toSeal, listOf(roomId), room.ownCounter);
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
    const { epoch, sealed } = await e2ee.seal({ roomId, roles: room.roles }, contents);
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
    // A message that was discarded while it was being sealed stays away.
    const kept = records.filter((record) =>
      listOf(roomId).some(({ position }) => position === record.position),
    );
    await store.write(kept.map(put), "strict");
    replaceInList(roomId, kept);
    return kept;
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
      for (const record of batch ? listOf(roomId).filter(isSealed) : []) {
        const at = batch?.get(record.stage.submissionId);
        if (at === undefined) continue;
        done.push(record);
        const next = settled(change.room, record, at);
        change = { ...change, room: next.room, changes: [...change.changes, ...next.changes] };
      }
      return done.length > 0 ? change : undefined;
    });
    if (done.length === 0) return;
    const gone = new Set(done.map(({ position }) => position));
    setList(
      roomId,
      listOf(roomId).filter(({ position }) => !gone.has(position)),
    );
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
    const out: Change = { delete: "outbox", key: [roomId, record.position] };
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
    const list = listOf(roomId);
    const first = list.find(({ stage }) => stage.at !== "sealed");
    await rooms.update(roomId, (room) => {
      if (!room.profileDue) return undefined;
      const record: OutboxRecord = {
        roomId,
        position: first ? first.position - 0.5 : (list.at(-1)?.position ?? 0) + 1,
        messageId: newMessageId(),
        composedAt: needs.clock.now(),
        body: { kind: "room-profile", name: room.name },
        stage: { at: "waiting" },
      };
      setList(
        roomId,
        [...listOf(roomId), record].sort((a, b) => a.position - b.position),
      );
      return { room: { ...room, profileDue: false }, changes: [put(record)], durability: "strict" };
    });
  }

  async function setStage(
    roomId: RoomId,
    messageId: MessageId,
    change: (stage: Stage) => Stage,
  ): Promise<void> {
    const record = find(roomId, messageId);
    if (!record) return;
    const next = { ...record, stage: change(record.stage) };
    replaceInList(roomId, [next]);
    await store.write([put(next)], "strict");
    tell(roomId);
  }

  const find = (roomId: RoomId, messageId: MessageId): OutboxRecord | undefined =>
    listOf(roomId).find((record) => record.messageId === messageId);

  return {
    compose,
    records: listOf,
    find,
    waiting: () =>
      [...byRoom.values()]
        .flat()
        .filter(({ body, stage }) => body.kind !== "room-profile" && stage.at !== "wedged").length,
    drain,
    resume() {
      for (const record of [...byRoom.values()].flat().filter(isSealed)) submit(record);
    },
    settle,
    setStage,
    noteProgress(roomId, messageId, sent) {
      const record = find(roomId, messageId);
      if (record?.stage.at !== "uploading") return;
      replaceInList(roomId, [{ ...record, stage: { ...record.stage, sent } }]);
    },
    async retry(roomId, messageId) {
      await setStage(roomId, messageId, afterRetry);
      drain(roomId);
    },
    async discard(roomId, messageId) {
      const record = find(roomId, messageId);
      if (!record) return refuse("not-found");
      if (record.stage.at === "sealed") return refuse("forbidden");
      setList(
        roomId,
        listOf(roomId).filter((other) => other !== record),
      );
      await store.write(
        [
          { delete: "outbox", key: [roomId, record.position] },
          { delete: "pictures", key: [roomId, messageId] },
        ],
        "strict",
      );
      tell(roomId);
      return ok(record);
    },
    async move(from, to) {
      const moving = listOf(from);
      if (moving.length === 0) return;
      const last = listOf(to).at(-1)?.position ?? 0;
      const moved = moving.map((record, index) => ({ ...record, roomId: to, position: last + index + 1 }));
      const pictures = await Promise.all(
        moving.map(async ({ messageId }): Promise<Change[]> => {
          const record = await store.get("pictures", [from, messageId]);
          if (!record) return [];
          return [
            { delete: "pictures", key: [from, messageId] },
            { put: "pictures", key: [to, messageId], record },
          ];
        }),
      );
      await store.write(
        [
          ...moving.map(({ position }): Change => ({ delete: "outbox", key: [from, position] })),
          ...moved.map(put),
          ...pictures.flat(),
        ],
        "strict",
      );
      setList(from, []);
      setList(to, [...listOf(to), ...moved]);
      tell(to);
    },
  };
}

const put = (record: OutboxRecord): Change => ({
  put: "outbox",
  key: [record.roomId, record.position],
  record,
});
