/** Room logs in SQLite: statements prepared once, a batch of appends in one transaction with one fsync. */
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { initialRunningHash } from "@nimes/protocol/entry";
import type { ClientId, DeviceId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { AppendRequest, AppendView, RoomHead } from "../core/append.ts";
import { judgeAppend, pairOf } from "../core/append.ts";
import { fastEntryDigest, fastRunningHash } from "../core/entry-hash.ts";
import type { AppendOutcome, Member, RoomLogStore } from "../ports/room-log-store.ts";
import { sqliteInbox } from "./inbox.ts";
import type { SqliteDatabase } from "./open-database.ts";
import { readSigned } from "./stored-signed.ts";

type EntryRow = {
  sequence: number;
  kind: FullEntry["kind"];
  epoch: number;
  sender: ClientId;
  submission_id: SubmissionId;
  time: number;
  digest: Uint8Array;
  devices: string | null;
  bytes: Uint8Array | null;
};
type MemberRow = {
  device_id: DeviceId;
  client_id: ClientId;
  from_sequence: number;
  until_sequence: number | null;
  cursor: number;
};

/** What one reading of an inbox brings into memory at most, beside its first item. */
const maxInboxBytes = 4 * 1024 * 1024;

export function sqliteRoomLogStore(database: SqliteDatabase): RoomLogStore {
  const sql = prepare(database);
  const inbox = sqliteInbox(database);

  const view: AppendView = {
    room: (roomId) => sql.room.get(roomId) as RoomHead | undefined,
    earlier: (device, submissionId) => {
      const row = sql.earlier.get(submissionId, device) as
        | { roomId: RoomId; sequence: number; time: number; submissionHash: Uint8Array }
        | undefined;
      return row;
    },
    clientsIn: (roomId) =>
      new Set((sql.clientsIn.all(roomId) as { client_id: ClientId }[]).map((row) => row.client_id)),
    isMember: (roomId, device) => sql.isMember.get(roomId, device) !== undefined,
    mayJoin: (clientId) => sql.mayJoin.get(deviceOf(clientId), clientId) !== undefined,
    directRoom: (pair) => (sql.directRoom.get(pair) as { roomId: RoomId } | undefined)?.roomId,
  };

  function appendOne(request: AppendRequest): AppendOutcome {
    const verdict = judgeAppend(request, view);
    if (verdict.verdict === "refused") {
      const { verdict: _, ...refusal } = verdict;
      return { outcome: "refused", ...refusal };
    }
    if (verdict.verdict === "again")
      return { outcome: "again", sequence: verdict.sequence, time: verdict.time };
    const { roomId, sender, submission } = request;
    const entry: FullEntry = {
      sequence: verdict.sequence,
      kind: verdict.kind,
      epoch: verdict.epoch,
      sender,
      submissionId: request.submissionId,
      time: request.time,
      bytes: request.bytes,
      ...(submission.kind === "commit" && { devices: submission.devices }),
    };
    const digest = fastEntryDigest(entry);
    const hash = fastRunningHash(verdict.head?.hash ?? initialRunningHash(roomId), digest);
    if (submission.kind === "found") {
      const { kind, users } = request.roles ?? { kind: "group" as const, users: [] };
      const pair = kind === "direct" ? pairOf(users.map(({ userId }) => userId)) : null;
      sql.addRoom.run(roomId, kind, hash, pair);
      sql.addMember.run(roomId, deviceOf(sender), sender, 0, 0);
    } else if (submission.kind === "commit") {
      const { joinedEpoch } = verdict;
      sql.commitRoom.run(entry.sequence, entry.epoch + 1, joinedEpoch, hash, submission.groupInfo, roomId);
    } else {
      sql.advanceRoom.run(entry.sequence, hash, roomId);
    }
    sql.addEntry.run(
      roomId,
      entry.sequence,
      entry.kind,
      entry.epoch,
      sender,
      deviceOf(sender),
      entry.submissionId,
      request.submissionHash,
      entry.time,
      digest,
      entry.devices ? entry.devices.join(",") : null,
      entry.bytes,
    );
    const welcomed = submission.kind === "commit" ? changeMembers(roomId, entry, submission, hash) : [];
    return { outcome: "appended", entry, welcomed };
  }

  /** Takes the commit's device list over, and puts the Welcome into the inbox of every added device. */
  function changeMembers(
    roomId: RoomId,
    entry: FullEntry,
    submission: { devices: ClientId[]; welcome?: Uint8Array },
    runningHash: Uint8Array,
  ): DeviceId[] {
    const before = new Map(
      (sql.members.all(roomId) as MemberRow[])
        .filter(({ until_sequence }) => until_sequence === null)
        .map((row) => [row.device_id, row]),
    );
    const after = new Set(submission.devices.map(deviceOf));
    for (const deviceId of before.keys())
      if (!after.has(deviceId)) sql.endMember.run(entry.sequence, roomId, deviceId);
    const added = submission.devices.filter((clientId) => !before.has(deviceOf(clientId)));
    for (const clientId of added)
      sql.addMember.run(roomId, deviceOf(clientId), clientId, entry.sequence, entry.sequence);
    const welcomed = added.map(deviceOf);
    if (submission.welcome)
      inbox.put(welcomed, {
        kind: "welcome",
        roomId,
        roomSequence: entry.sequence,
        runningHash,
        welcome: submission.welcome,
        roles: rolesOf(roomId),
        devices: submission.devices,
        committer: entry.sender,
      });
    return welcomed;
  }

  function rolesOf(roomId: RoomId): Signed[] {
    return (sql.roles.all(roomId) as { bytes: Uint8Array }[]).map(({ bytes }) => readSigned(bytes));
  }

  const appendAll = database.transaction((batch: readonly AppendRequest[]) => batch.map(appendOne));
  const expireSome = database.transaction((before: number, limit: number) => {
    let expired = sql.expireOld.run(before, limit).changes;
    for (const room of sql.readByAll.all() as { roomId: RoomId; from: number; to: number }[]) {
      if (expired >= limit) break;
      const to = Math.min(room.to, room.from + limit);
      expired += sql.expireRead.run(room.roomId, room.from, to).changes;
      sql.expiredTo.run(to, room.roomId);
      // Commits and roles stay; a stretch of nothing else is still a step.
      expired = Math.max(1, expired);
    }
    return expired;
  });
  const saveAll = database.transaction((cursors: Parameters<RoomLogStore["saveCursors"]>[0]) => {
    for (const { roomId, deviceId, sequence } of cursors) sql.saveCursor.run(sequence, roomId, deviceId);
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
    lastSequence: async (roomId) => view.room(roomId)?.sequence ?? 0,
    members: async (roomId) => (sql.members.all(roomId) as MemberRow[]).map(memberOf),
    roomsOf: async (deviceId) =>
      (sql.roomsOf.all(deviceId) as { room_id: RoomId }[]).map(({ room_id }) => room_id),
    saveCursors: async (cursors) => saveAll(cursors),
    hasWaiting: async (deviceId) => sql.hasWaiting.get(deviceId, deviceId) !== undefined,
    inbox: async (deviceId, after) => inbox.read(deviceId, { after, maxBytes: maxInboxBytes }),
    dropInbox: async (deviceId, upTo) => inbox.drop(deviceId, upTo),
    expire: async (before, limit) => expireSome.immediate(before, limit),
  };
}

function entryOf(row: EntryRow): Entry {
  const { sequence, epoch, sender, time } = row;
  const place = { sequence, epoch, sender, submissionId: row.submission_id, time };
  if (row.bytes === null) return { ...place, kind: "expired", digest: row.digest };
  const devices = row.devices === null ? undefined : (row.devices.split(",") as ClientId[]);
  return { ...place, kind: row.kind, bytes: row.bytes, ...(devices && { devices }) };
}

const memberOf = (row: MemberRow): Member => ({
  deviceId: row.device_id,
  clientId: row.client_id,
  from: row.from_sequence,
  cursor: row.cursor,
  ...(row.until_sequence !== null && { until: row.until_sequence }),
});

const prepare = (database: SqliteDatabase) => ({
  room: database.prepare(
    `SELECT kind, direct_pair AS pair, sequence, epoch, joined_epoch AS joinedEpoch, hash
     FROM rooms WHERE room_id = ?`,
  ),
  earlier: database.prepare(
    `SELECT room_id AS roomId, sequence, time, submission_hash AS submissionHash
     FROM entries WHERE submission_id = ? AND device_id = ?`,
  ),
  isMember: database.prepare(
    "SELECT 1 FROM members WHERE room_id = ? AND device_id = ? AND until_sequence IS NULL",
  ),
  clientsIn: database.prepare("SELECT client_id FROM members WHERE room_id = ? AND until_sequence IS NULL"),
  mayJoin: database.prepare(
    "SELECT 1 FROM devices WHERE device_id = ? AND client_id = ? AND ended = 0 AND destroyed = 0",
  ),
  directRoom: database.prepare("SELECT room_id AS roomId FROM rooms WHERE direct_pair = ?"),
  addRoom: database.prepare(
    "INSERT INTO rooms (room_id, kind, sequence, epoch, hash, direct_pair) VALUES (?, ?, 1, 0, ?, ?)",
  ),
  advanceRoom: database.prepare("UPDATE rooms SET sequence = ?, hash = ? WHERE room_id = ?"),
  commitRoom: database.prepare(
    "UPDATE rooms SET sequence = ?, epoch = ?, joined_epoch = ?, hash = ?, group_info = ? WHERE room_id = ?",
  ),
  addEntry: database.prepare(
    `INSERT INTO entries (room_id, sequence, kind, epoch, sender, device_id, submission_id, submission_hash, time,
       digest, devices, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  members: database.prepare(
    "SELECT device_id, client_id, from_sequence, until_sequence, cursor FROM members WHERE room_id = ?",
  ),
  // Who comes back begins behind the commit that brought it back.
  addMember: database.prepare(
    `INSERT INTO members (room_id, device_id, client_id, from_sequence, cursor) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET from_sequence = excluded.from_sequence, cursor = excluded.cursor, until_sequence = NULL`,
  ),
  endMember: database.prepare(
    "UPDATE members SET until_sequence = ? WHERE room_id = ? AND device_id = ? AND until_sequence IS NULL",
  ),
  hasWaiting: database.prepare(
    `SELECT 1 FROM inbox WHERE device_id = ? UNION ALL
     SELECT 1 FROM members JOIN rooms USING (room_id)
     WHERE device_id = ? AND cursor < coalesce(until_sequence, sequence) LIMIT 1`,
  ),
  roles: database.prepare("SELECT bytes FROM entries WHERE room_id = ? AND kind = 'roles' ORDER BY sequence"),
  read: database.prepare(
    `SELECT sequence, kind, epoch, sender, submission_id, time, digest, devices, bytes
     FROM entries WHERE room_id = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
  ),
  roomsOf: database.prepare(
    "SELECT room_id FROM members WHERE device_id = ? AND (until_sequence IS NULL OR cursor < until_sequence)",
  ),
  saveCursor: database.prepare(
    "UPDATE members SET cursor = max(cursor, ?) WHERE room_id = ? AND device_id = ?",
  ),
  expireOld: database.prepare(
    `UPDATE entries SET bytes = NULL WHERE rowid IN (
       SELECT rowid FROM entries WHERE kind = 'application' AND bytes IS NOT NULL AND time < ? LIMIT ?)`,
  ),
  // Those who left and have what they may have are asked no more.
  readByAll: database.prepare(
    `SELECT rooms.room_id AS roomId, expired_to AS "from", min(cursor) AS "to"
     FROM rooms JOIN members ON members.room_id = rooms.room_id
     WHERE until_sequence IS NULL OR cursor < until_sequence
     GROUP BY rooms.room_id HAVING min(cursor) > expired_to`,
  ),
  expireRead: database.prepare(
    `UPDATE entries SET bytes = NULL
     WHERE room_id = ? AND sequence > ? AND sequence <= ? AND kind = 'application' AND bytes IS NOT NULL`,
  ),
  expiredTo: database.prepare("UPDATE rooms SET expired_to = ? WHERE room_id = ?"),
});
