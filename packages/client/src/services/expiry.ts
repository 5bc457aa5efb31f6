/**
 * Deletes messages whose time has passed, with their pictures. What stays is that they were there: a message that the
 * server shows again is not shown again.
 */
import type { ClientId, MessageId, RoomId } from "@nimes/protocol/ids";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { expiresAt } from "../core/expiry.ts";
import type { RoomRecord } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
import type { RoomRecords } from "./room-records.ts";

export type Expiry = {
  start(): void;
  close(): void;
};

/** The start belongs to what people see. */
const firstSweepMs = 5_000;
const sweepEveryMs = 10 * 60_000;

type Judged = { gone: Change[]; goneIds: Set<MessageId>; goneUnseen: number; nextAt: number };

export function createExpiry(needs: {
  self: ClientId;
  store: Store;
  rooms: RoomRecords;
  changes: Changes;
  clock: Clock;
  policy(): ClassPolicy;
  failed(error: unknown): void;
}): Expiry {
  const { store, rooms, clock, changes } = needs;
  let cancel: () => void = () => undefined;
  let closed = false;
  /** Rooms that need not be looked at before a moment, as long as nothing comes and the rules stay. */
  const quiet = new Map<RoomId, { room: RoomRecord; lifetimeMs: number; until: number }>();

  async function judge(room: RoomRecord, now: number): Promise<Judged> {
    const lifetimeMs = needs.policy().messageLifetimeMs;
    const judged: Judged = { gone: [], goneIds: new Set(), goneUnseen: 0, nextAt: Number.POSITIVE_INFINITY };
    for (const { key, record } of await store.list("timeline", { prefix: [room.roomId] })) {
      if (record.kind !== "message") continue;
      const [, sequence] = key;
      const isOwn = record.sender === needs.self;
      const seen = isOwn || sequence <= room.readUpTo;
      const at = expiresAt(record, { lifetimeMs, seen });
      if (at > now) {
        judged.nextAt = Math.min(judged.nextAt, at);
        continue;
      }
      const { messageId } = record;
      judged.gone.push({ delete: "timeline", key }, { delete: "pictures", key: [room.roomId, messageId] });
      judged.goneIds.add(messageId);
      if (!seen) judged.goneUnseen += 1;
    }
    return judged;
  }

  async function sweepRoom(roomId: RoomId, now: number): Promise<void> {
    const known = quiet.get(roomId);
    const { messageLifetimeMs: lifetimeMs } = needs.policy();
    if (known && known.room === rooms.get(roomId) && known.lifetimeMs === lifetimeMs && now < known.until)
      return;
    let until = 0;
    const swept = await rooms.update(roomId, async (room) => {
      const { gone, goneIds, goneUnseen, nextAt } = await judge(room, now);
      until = nextAt;
      if (gone.length === 0) return undefined;
      const { last, ...rest } = room;
      const isLastGone = last !== undefined && goneIds.has(last.messageId);
      return {
        room: {
          ...rest,
          ...(last && !isLastGone && { last }),
          unread: Math.max(0, room.unread - goneUnseen),
        },
        changes: gone,
        durability: "strict",
      };
    });
    const room = rooms.get(roomId);
    if (room) quiet.set(roomId, { room, lifetimeMs, until });
    if (!swept) return;
    changes.tell({ of: "room", roomId });
    changes.tell({ of: "rooms" });
  }

  async function sweep(): Promise<void> {
    const now = clock.now();
    for (const { roomId } of rooms.all()) {
      if (closed) return;
      await sweepRoom(roomId, now);
    }
  }

  const next = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      sweep()
        .catch((error: unknown) => {
          if (!closed) needs.failed(error);
        })
        .finally(() => {
          if (!closed) next(sweepEveryMs);
        });
    });
  };
  return {
    start: () => next(firstSweepMs),
    close() {
      closed = true;
      cancel();
    },
  };
}
