/** What waits in the outbox, room by room: in memory for reading, in the store for keeping. Decides nothing. */
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import type { OutboxRecord } from "../core/outbox-record.ts";
import type { Change, Store } from "../ports/store.ts";

export type OutboxList = {
  /** In the order of their positions. */
  of(roomId: RoomId): readonly OutboxRecord[];
  all(): OutboxRecord[];
  find(roomId: RoomId, messageId: MessageId): OutboxRecord | undefined;
  /** A place behind everything; the record is in the list at once, so that two in one breath get two places. */
  append(record: Omit<OutboxRecord, "position">, together: readonly Change[]): Promise<void>;
  /** Puts a record where its position says, in memory; the caller writes it with what belongs together. */
  insert(record: OutboxRecord): void;
  /** Replaces records of the same places, and stores them. */
  replace(records: readonly OutboxRecord[]): Promise<void>;
  /** Replaces a record in memory only: what is shown and need not survive. */
  show(record: OutboxRecord): void;
  /** Takes records out of the list; the caller has stored that they are gone. */
  drop(records: readonly OutboxRecord[]): void;
  /** Takes everything of one room over into another, pictures too. */
  move(from: RoomId, to: RoomId): Promise<void>;
};

export const putRecord = (record: OutboxRecord): Change => ({
  put: "outbox",
  key: [record.roomId, record.position],
  record,
});
export const deleteRecord = ({ roomId, position }: OutboxRecord): Change => ({
  delete: "outbox",
  key: [roomId, position],
});

export async function loadOutboxList(store: Store): Promise<OutboxList> {
  const byRoom = new Map<RoomId, OutboxRecord[]>();
  for (const { record } of await store.list("outbox", { prefix: [] })) insert(record);

  function of(roomId: RoomId): OutboxRecord[] {
    return byRoom.get(roomId) ?? [];
  }
  function insert(record: OutboxRecord): void {
    const list = [...of(record.roomId), record];
    byRoom.set(
      record.roomId,
      list.sort((a, b) => a.position - b.position),
    );
  }
  function drop(records: readonly OutboxRecord[]): void {
    const gone = new Set(records.map(({ position }) => position));
    for (const roomId of new Set(records.map((record) => record.roomId)))
      byRoom.set(
        roomId,
        of(roomId).filter(({ position }) => !gone.has(position)),
      );
  }
  function show(record: OutboxRecord): void {
    byRoom.set(
      record.roomId,
      of(record.roomId).map((other) => (other.position === record.position ? record : other)),
    );
  }

  /** Pictures are kept under the room, so they move with their messages. */
  async function pictureChanges(record: OutboxRecord, to: RoomId): Promise<Change[]> {
    const { roomId, messageId } = record;
    const picture = await store.get("pictures", [roomId, messageId]);
    if (!picture) return [];
    return [
      { delete: "pictures", key: [roomId, messageId] },
      { put: "pictures", key: [to, messageId], record: picture },
    ];
  }

  return {
    of,
    all: () => [...byRoom.values()].flat(),
    find: (roomId, messageId) => of(roomId).find((record) => record.messageId === messageId),
    async append(record, together) {
      const placed = { ...record, position: Math.floor(of(record.roomId).at(-1)?.position ?? 0) + 1 };
      insert(placed);
      try {
        await store.write([putRecord(placed), ...together], "strict");
      } catch (error) {
        drop([placed]);
        throw error;
      }
    },
    insert,
    async replace(records) {
      for (const record of records) show(record);
      await store.write(records.map(putRecord), "strict");
    },
    show,
    drop,
    async move(from, to) {
      const moving = of(from);
      const last = Math.floor(of(to).at(-1)?.position ?? 0);
      const moved = moving.map((record, index) => ({ ...record, roomId: to, position: last + index + 1 }));
      const pictures = await Promise.all(moving.map((record) => pictureChanges(record, to)));
      await store.write([...moving.map(deleteRecord), ...moved.map(putRecord), ...pictures.flat()], "strict");
      drop(moving);
      for (const record of moved) insert(record);
    },
  };
}
