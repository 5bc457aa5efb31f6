/** Room logs in SQLite: statements prepared once, a batch of appends in one transaction with one fsync. */
import type { Entry, FullEntry, RestoredEntry } from "@nimes/protocol/entry";
import type { ClientId, DeviceId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import type { AppendRequest } from "../core/append-request.ts";
import type { EarlierStay, Member, RoomGroup, RoomLogStore } from "../ports/room-log-store.ts";
import { sqliteAppend } from "./append-entries.ts";
import { sqliteInbox } from "./inbox.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";
import { restoredEntryOf, writeRestoredEntries } from "./restored-entries.ts";
import { prepareRoomStatements } from "./room-statements.ts";
import { readSigned } from "./stored-signed.ts";
import { generationOf } from "./twins.ts";

type EntryRow = {
  sequence: number;
  kind: FullEntry["kind"] | RestoredEntry["kind"];
  epoch: number;
  /** Empty where nobody has sent it, or that is forgotten. */
  sender: ClientId | "";
  submission_id: SubmissionId;
  time: number;
  digest: Uint8Array;
  devices: string | null;
  rejoin: Uint8Array | null;
  bytes: Uint8Array | null;
};
type MemberRow = {
  device_id: DeviceId;
  client_id: ClientId;
  from_sequence: number;
  until_sequence: number | null;
  cursor: number;
  previous: Uint8Array;
  place: number | null;
};
type StayRow = Pick<MemberRow, "device_id" | "from_sequence" | "cursor" | "previous"> & {
  until_sequence: number;
};

/** What one reading of an inbox brings into memory at most, beside its first item. */
const maxInboxBytes = 4 * 1024 * 1024;

export function sqliteRoomLogStore(database: SqliteDatabase): RoomLogStore {
  const sql = prepareRoomStatements(database);
  const inbox = sqliteInbox(database);
  // Beyond every number that it had: they had gone on by as much with each generation since.
  const appendOne = sqliteAppend(sql, inbox, ({ roomId, time }) =>
    writeRestoredEntries(database, { times: generationOf(database), now: time, only: roomId }),
  );

  const appendAll = database.transaction((batch: readonly AppendRequest[]) => batch.map(appendOne));
  const expireSome = database.transaction((before: number, limit: number) => {
    let expired = sql.expireOld.run(before, limit).changes;
    for (const room of sql.readByAll.all() as { roomId: RoomId; from: number; to: number }[]) {
      if (expired >= limit) break;
      // By entries, and not by their numbers, of which a restored backup leaves out very many.
      const to = (sql.lastOf.get(room.roomId, room.from, room.to, limit) as number | null) ?? room.to;
      expired += sql.expireRead.run(room.roomId, room.from, to).changes;
      sql.expiredTo.run(to, room.roomId);
      // Commits and roles stay; a stretch of nothing else is still a step.
      expired = Math.max(1, expired);
    }
    return expired + sql.forget.run(before, limit).changes;
  });
  const saveAll = database.transaction((cursors: Parameters<RoomLogStore["saveCursors"]>[0]) => {
    for (const { roomId, deviceId, sequence } of cursors) {
      sql.saveCursor.run(sequence, roomId, deviceId);
      sql.readStays.run(sequence, roomId, deviceId);
      sql.dropStays.run(roomId, deviceId);
    }
  });

  return {
    append: async (batch) => appendAll.immediate(batch),
    async read(roomId, { after, until, limit, maxBytes }) {
      const entries: Entry[] = [];
      let bytes = 0;
      for (const row of sql.read.iterate(roomId, after, until, limit) as Iterable<EntryRow>) {
        bytes += (row.bytes?.byteLength ?? 0) + 300;
        if (entries.length > 0 && bytes > maxBytes) break;
        entries.push(entryOf(row));
      }
      return entries;
    },
    lastSequence: async (roomId) => (sql.room.get(roomId) as { sequence: number } | undefined)?.sequence ?? 0,
    newestTime: async () => (sql.newestTime.get() as number | null) ?? undefined,
    async group(roomId) {
      const row = sql.group.get(roomId) as Omit<RoomGroup, "roles"> | undefined;
      if (!row) return undefined;
      const roles = (sql.rolesChain.all(roomId) as Uint8Array[]).map(readSigned);
      return { ...row, groupId: plainBytes(row.groupId), groupInfo: plainBytes(row.groupInfo), roles };
    },
    async members(roomId) {
      const stays = sql.earlierStays.all(roomId) as StayRow[];
      return (sql.members.all(roomId) as MemberRow[]).map((row) => {
        const earlier = stays.filter((stay) => stay.device_id === row.device_id).map(stayOf);
        return { ...memberOf(row), earlier };
      });
    },
    roomsOf: async (deviceId) => sql.roomsOf.all(deviceId) as RoomId[],
    beginBehindLost: async (roomId, deviceId, cursor) =>
      sql.beginBehindLost.run({ roomId, deviceId, cursor }).changes > 0,
    async lostUntil(roomId, cursor) {
      const row = sql.nextRestored.get(roomId, cursor) as Parameters<typeof restoredEntryOf>[0] | undefined;
      return row && restoredEntryOf(row).from < cursor ? row.sequence : undefined;
    },
    saveCursors: async (cursors) => saveAll(cursors),
    hasWaiting: async (deviceId) => sql.hasWaiting.get(deviceId, deviceId) !== undefined,
    inbox: async (deviceId, after) => inbox.read(deviceId, { after, maxBytes: maxInboxBytes }),
    dropInbox: async (deviceId, upTo) => inbox.drop(deviceId, upTo),
    dropInboxItem: async (deviceId, item) => inbox.dropItem(deviceId, item),
    clearInbox: async (deviceId) => inbox.clear(deviceId),
    expire: async (before, limit) => expireSome.immediate(before, limit),
  };
}

function entryOf(row: EntryRow): Entry {
  const { sequence, epoch, sender, time } = row;
  if (row.kind === "restored")
    return restoredEntryOf({ sequence, time, epoch, kept: row.bytes ?? new Uint8Array() });
  if (sender === "") return { sequence, kind: "forgotten", digest: row.digest };
  const place = { sequence, epoch, sender, submissionId: row.submission_id, time };
  if (row.bytes === null) return { ...place, kind: "expired", digest: row.digest };
  const devices = row.devices === null ? undefined : (row.devices.split(",") as ClientId[]);
  return {
    ...place,
    kind: row.kind,
    bytes: row.bytes,
    ...(devices && { devices }),
    ...(row.rejoin && { rejoin: row.rejoin }),
  };
}

const memberOf = (row: MemberRow): Member => ({
  deviceId: row.device_id,
  clientId: row.client_id,
  from: row.from_sequence,
  previous: plainBytes(row.previous),
  cursor: row.cursor,
  ...(row.until_sequence !== null && { until: row.until_sequence }),
});

const stayOf = (row: StayRow): EarlierStay => ({
  from: row.from_sequence,
  until: row.until_sequence,
  cursor: row.cursor,
  previous: plainBytes(row.previous),
});
