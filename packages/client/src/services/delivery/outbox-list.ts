/**
 * What waits in the outbox, room by room: in memory for reading, in the store for keeping. A new record is listed when it
 * is stored, and not before: nothing may be sent of what a full disk has refused, or before its picture is there.
 */
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import type { OutboxRecord } from "../../core/outbox-record.ts";
import type { Store, Write } from "../../ports/store.ts";
import { createSerial } from "../serial.ts";

export type OutboxList = {
  /** In the order of their positions. */
  of(roomId: RoomId): readonly OutboxRecord[];
  all(): OutboxRecord[];
  find(roomId: RoomId, messageId: MessageId): OutboxRecord | undefined;
  /** Stores a record behind everything, with what belongs together; two in one breath keep their order. */
  append(record: Omit<OutboxRecord, "position">, together: readonly Write[]): Promise<void>;
  /** A place behind everything, given away once. */
  behind(roomId: RoomId): number;
  /** A place behind what is sealed, and before everything else that is here or on its way. */
  front(roomId: RoomId): number;
  /** Lists a record where its position says; the caller has stored it. */
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

export const putRecord = (record: OutboxRecord): Write => ({
  put: "outbox",
  key: [record.roomId, record.position],
  record,
});
export const deleteRecord = ({ roomId, position }: OutboxRecord): Write => ({
  delete: "outbox",
  key: [roomId, position],
});

export async function loadOutboxList(store: Store): Promise<OutboxList> {
  const byRoom = new Map<RoomId, OutboxRecord[]>();
  /** The last place given away in a room: what is still being written is not in the list yet. */
  const lastPlaces = new Map<RoomId, number>();
  const moving = createSerial();
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

  /** Whole numbers, so that there is always room in between. */
  function behind(roomId: RoomId): number {
    const last = Math.floor(of(roomId).at(-1)?.position ?? 0);
    const place = Math.max(last, lastPlaces.get(roomId) ?? 0) + 1;
    lastPlaces.set(roomId, place);
    return place;
  }

  async function move(from: RoomId, to: RoomId): Promise<void> {
    const leaving = of(from);
    if (leaving.length === 0) return;
    const moved = leaving.map((record) => ({ ...record, roomId: to, position: behind(to) }));
    const pictures = await Promise.all(leaving.map((record) => pictureChanges(record, to)));
    await store.write([...leaving.map(deleteRecord), ...moved.map(putRecord), ...pictures.flat()], "strict");
    drop(leaving);
    for (const record of moved) insert(record);
  }

  /** Pictures are kept under the room, so they move with their messages. */
  async function pictureChanges(record: OutboxRecord, to: RoomId): Promise<Write[]> {
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
    behind,
    async append(record, together) {
      const placed = { ...record, position: behind(record.roomId) };
      await store.write([putRecord(placed), ...together], "strict");
      insert(placed);
    },
    front(roomId) {
      const list = of(roomId);
      const at = list.findIndex(({ stage }) => stage.at !== "sealed");
      const before = list.at(at === -1 ? -1 : at - 1);
      const next = list[at]?.position ?? Math.floor(before?.position ?? 0) + 1;
      return ((at === 0 || !before ? next - 1 : before.position) + next) / 2;
    },
    insert,
    async replace(records) {
      for (const record of records) show(record);
      await store.write(records.map(putRecord), "strict");
    },
    show,
    drop,
    // One after the other: what two moved at once would be there twice.
    move: (from, to) => moving(from, () => move(from, to)),
  };
}
