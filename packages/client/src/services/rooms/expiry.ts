/**
 * Deletes messages whose time has passed, with their pictures. What stays is that they were there: a message that the
 * server shows again is not shown again, and what ended unseen leaves a line that says how many and from whom (P7).
 */
import type { ClientId, MessageId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { judgeExpiry, nextDueSince } from "../../core/expiry.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import type { StoredMessage } from "../../core/stored-item.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Row, Store, Tables, Write } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { RoomChange, RoomRecords } from "./room-records.ts";

export type Expiry = {
  start(): void;
  close(): void;
};

/** The start belongs to what people see. */
const firstSweepMs = 5_000;
const sweepEveryMs = 10 * 60_000;

type PlaceKey = Tables["timeline"]["key"];
type MessageRow = { key: PlaceKey; record: StoredMessage };
/** What one look at a room found. */
type Found = {
  goneSeen: MessageRow[];
  goneUnseen: MessageRow[];
  fromTheFuture: MessageRow[];
  /** When each was due that stays for another look. */
  dueAts: number[];
  nextAt: number;
};

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
  /** The look of this session at which something was due. Timers go on evenly when the clock leaps. */
  const marked = new Map<RoomId, number>();
  /** Rooms that need not be looked at before a moment, as long as nothing comes and the rules stay. */
  const quiet = new Map<RoomId, { room: RoomRecord; lifetimeMs: number; lookedAt: number; until: number }>();

  /** An earlier look, at least as long ago as two looks lie apart, by the timer or by the clock. */
  function agreedSince({ roomId, dueSince }: RoomRecord, now: number): number | undefined {
    const isLater =
      dueSince !== undefined && (marked.get(roomId) === dueSince || dueSince + sweepEveryMs <= now);
    return isLater ? dueSince : undefined;
  }

  function look(room: RoomRecord, rows: readonly Row<"timeline">[], now: number): Found {
    const { messageLifetimeMs: lifetimeMs } = needs.policy();
    const agreed = agreedSince(room, now);
    const found: Found = {
      goneSeen: [],
      goneUnseen: [],
      fromTheFuture: [],
      dueAts: [],
      nextAt: Number.POSITIVE_INFINITY,
    };
    for (const { key, record } of rows) {
      if (record.kind !== "message") continue;
      const seen = userOf(record.sender) === userOf(needs.self) || key[1] <= room.readUpTo;
      const verdict = judgeExpiry(record, { now, lifetimeMs, seen, agreedSince: agreed });
      switch (verdict.verdict) {
        case "stays":
          found.nextAt = Math.min(found.nextAt, verdict.until);
          break;
        case "from-the-future":
          found.fromTheFuture.push({ key, record });
          break;
        case "due":
          found.dueAts.push(verdict.dueAt);
          break;
        case "gone":
          (seen ? found.goneSeen : found.goneUnseen).push({ key, record });
          break;
        default:
          verdict satisfies never;
      }
    }
    return found;
  }

  async function sweepRoom(roomId: RoomId, now: number): Promise<void> {
    const known = quiet.get(roomId);
    const { messageLifetimeMs: lifetimeMs } = needs.policy();
    const isQuiet = known && known.room === rooms.get(roomId) && known.lifetimeMs === lifetimeMs;
    if (isQuiet && now >= known.lookedAt && now < known.until) return;
    let until = 0;
    let isShown = false;
    await rooms.update(roomId, async (room) => {
      const rows = await store.list("timeline", { prefix: [room.roomId] });
      const found = look(room, rows, now);
      const dueSince = nextDueSince(found.dueAts, { now, dueSince: room.dueSince });
      if (dueSince === undefined) marked.delete(roomId);
      else marked.set(roomId, dueSince);
      until = dueSince === undefined ? found.nextAt : now;
      const deleted = [...found.goneSeen, ...found.goneUnseen];
      isShown = deleted.length > 0;
      const isUnchanged = !isShown && found.fromTheFuture.length === 0 && dueSince === room.dueSince;
      if (isUnchanged) return undefined;
      return {
        room: roomAfter(room, { deleted, unseen: found.goneUnseen.length, dueSince }),
        changes: [
          ...deleted.flatMap(deletionOf),
          // Behind the deletions: a line takes the place of a message.
          ...linesFor(found.goneUnseen, unseenLines(room, rows)),
          ...found.fromTheFuture.map((row) => stampedNow(row, now)),
        ],
        durability: "strict",
      } satisfies RoomChange;
    });
    const room = rooms.get(roomId);
    if (room) quiet.set(roomId, { room, lifetimeMs, lookedAt: now, until });
    if (!isShown) return;
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

function roomAfter(
  room: RoomRecord,
  what: { deleted: readonly MessageRow[]; unseen: number; dueSince: number | undefined },
): RoomRecord {
  const { last, dueSince: _, ...rest } = room;
  const goneIds = new Set<MessageId>(what.deleted.map(({ record }) => record.messageId));
  return {
    ...rest,
    ...(last && !goneIds.has(last.messageId) && { last }),
    ...(what.dueSince !== undefined && { dueSince: what.dueSince }),
    unread: Math.max(0, room.unread - what.unseen),
  };
}

const deletionOf = ({ key, record }: MessageRow): Write[] => [
  { delete: "timeline", key },
  { delete: "pictures", key: [key[0], record.messageId] },
];

const stampedNow = ({ key, record }: MessageRow, now: number): Write => ({
  put: "timeline",
  key,
  record: { ...record, receivedAt: now },
});

/** A line about messages of one sender that ended unseen. */
type Line = { key: PlaceKey; count: number };

/** The lines that nobody has seen yet either: what ends now is added to them. */
function unseenLines(room: RoomRecord, rows: readonly Row<"timeline">[]): Map<UserId, Line> {
  const lines = new Map<UserId, Line>();
  for (const { key, record } of rows) {
    if (record.kind !== "notice" || record.notice.type !== "expired" || key[1] <= room.readUpTo) continue;
    const { sender, count } = record.notice;
    if (sender !== undefined) lines.set(sender, { key, count });
  }
  return lines;
}

/** One line for each sender, where the last of them stood. */
function linesFor(goneUnseen: readonly MessageRow[], earlier: ReadonlyMap<UserId, Line>): Write[] {
  const bySender = Map.groupBy(goneUnseen, ({ record }) => userOf(record.sender));
  return [...bySender].flatMap(([sender, rows]): Write[] => {
    const last = rows.at(-1);
    if (!last) return [];
    const before = earlier.get(sender);
    const { at } = last.record;
    const count = rows.length + (before?.count ?? 0);
    return [
      ...(before ? [{ delete: "timeline" as const, key: before.key }] : []),
      {
        put: "timeline",
        key: last.key,
        record: { kind: "notice", at, notice: { type: "expired", count, sender } },
      },
    ];
  });
}
