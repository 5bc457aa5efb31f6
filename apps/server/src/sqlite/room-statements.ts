/** The statements of the room log, prepared once: building a query costs as much as running it. */
import type { SqliteDatabase } from "./open-database.ts";

export type RoomStatements = ReturnType<typeof prepareRoomStatements>;

export const prepareRoomStatements = (database: SqliteDatabase) => ({
  room: database.prepare(
    `SELECT sequence, time, hash, group_id AS groupId, epoch, joined_epoch AS joinedEpoch, roles_hash AS rolesHash, refounded,
       awaited, awaited_until AS awaitedUntil
     FROM rooms WHERE room_id = ?`,
  ),
  newestTime: database.prepare("SELECT max(time) FROM rooms").pluck(),
  roles: database.prepare("SELECT payload FROM room_roles WHERE room_id = ?").pluck(),
  group: database.prepare(
    `SELECT epoch, group_id AS groupId, group_info AS groupInfo
     FROM rooms JOIN room_groups USING (room_id, group_id) WHERE room_id = ? AND group_info IS NOT NULL`,
  ),
  earlier: database.prepare(
    `SELECT room_id AS roomId, sequence, time, submission_hash AS submissionHash
     FROM entries WHERE submission_id = ? AND device_id = ? AND device_id <> ''`,
  ),
  isMember: database.prepare(
    "SELECT 1 FROM members WHERE room_id = ? AND device_id = ? AND place IS NOT NULL AND until_sequence IS NULL",
  ),
  leaves: database.prepare(
    `SELECT client_id AS clientId, until_sequence IS NOT NULL AS leaving
     FROM members WHERE room_id = ? AND place IS NOT NULL ORDER BY place`,
  ),
  /** The attestation that says how long a device counts, unless it has ended: the latest of its letter. */
  attestation: database
    .prepare(
      `SELECT attestations.attestation FROM devices JOIN attestations USING (user_id, activation_key)
       WHERE device_id = ? AND client_id = ? AND ended = 0 AND revoked = 0 AND destroyed = 0 AND counts = 1
       ORDER BY valid_from DESC, id DESC LIMIT 1`,
    )
    .pluck(),
  /** Whether a device was revoked, and the link of the device that came after it and counts. */
  ending: database.prepare(
    `SELECT revoked, (
       SELECT genesis FROM devices AS later
       WHERE later.user_id = devices.user_id AND later.generation > devices.generation AND later.revoked = 0
       ORDER BY later.generation LIMIT 1
     ) AS next FROM devices WHERE device_id = ? AND client_id = ?`,
  ),
  directRoom: database.prepare("SELECT room_id FROM rooms WHERE direct_pair = ?").pluck(),
  endPair: database.prepare("UPDATE rooms SET direct_pair = NULL WHERE direct_pair = ?"),
  hadGroup: database.prepare("SELECT 1 FROM room_groups WHERE group_id = ?"),
  putGroup: database.prepare(
    `INSERT INTO room_groups (room_id, group_id, group_info) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET group_info = excluded.group_info`,
  ),
  putRoles: database.prepare(
    `INSERT INTO room_roles (room_id, payload) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET payload = excluded.payload`,
  ),
  addRoom: database.prepare(
    `INSERT INTO rooms (room_id, sequence, time, hash, group_id, epoch, joined_epoch, roles_hash, direct_pair)
     VALUES (?, 1, ?, ?, ?, 0, 0, ?, ?)`,
  ),
  advanceRoom: database.prepare("UPDATE rooms SET sequence = ?, time = ?, hash = ? WHERE room_id = ?"),
  changeRoom: database.prepare(
    `UPDATE rooms SET sequence = ?, time = ?, hash = ?, group_id = ?, epoch = ?, joined_epoch = ?, roles_hash = ?,
       refounded = ?, awaited = ?, awaited_until = ? WHERE room_id = ?`,
  ),
  addEntry: database.prepare(
    `INSERT INTO entries (room_id, sequence, kind, epoch, sender, device_id, submission_id, submission_hash, time,
       digest, devices, rejoin, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  entryAt: database.prepare("SELECT kind, digest, sender FROM entries WHERE room_id = ? AND sequence = ?"),
  members: database.prepare(
    `SELECT device_id, client_id, from_sequence, until_sequence, cursor, previous, place
     FROM members WHERE room_id = ?`,
  ),
  earlierStays: database.prepare(
    `SELECT device_id, from_sequence, until_sequence, cursor, previous
     FROM earlier_stays WHERE room_id = ? ORDER BY from_sequence`,
  ),
  /** Before somebody comes back: how the time before ended, where that may not have been read. */
  keepStay: database.prepare(
    `INSERT OR IGNORE INTO earlier_stays (room_id, device_id, from_sequence, until_sequence, cursor, previous)
     SELECT room_id, device_id, from_sequence, until_sequence, cursor, previous
     FROM members WHERE room_id = ? AND device_id = ? AND cursor < until_sequence`,
  ),
  readStays: database.prepare(
    "UPDATE earlier_stays SET cursor = max(cursor, ?) WHERE room_id = ? AND device_id = ?",
  ),
  dropStays: database.prepare(
    "DELETE FROM earlier_stays WHERE room_id = ? AND device_id = ? AND until_sequence <= cursor",
  ),
  // Who comes back begins with the entry that brought it back.
  addMember: database.prepare(
    `INSERT INTO members (room_id, device_id, client_id, from_sequence, cursor, previous, place)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET from_sequence = excluded.from_sequence, cursor = excluded.cursor,
       previous = excluded.previous, place = excluded.place, until_sequence = NULL`,
  ),
  /** Whoever names a place that was lost with a restored backup reads on where that is said. */
  beginBehindLost: database.prepare(
    `UPDATE members SET from_sequence = next.sequence
     FROM (SELECT sequence, kind FROM entries WHERE room_id = @roomId AND sequence > @cursor ORDER BY sequence LIMIT 1) AS next
     WHERE room_id = @roomId AND device_id = @deviceId AND next.kind = 'restored' AND from_sequence > next.sequence
       AND NOT EXISTS (SELECT 1 FROM entries WHERE room_id = @roomId AND sequence = @cursor)`,
  ),
  nextRestored: database.prepare(
    `SELECT sequence, epoch, time, bytes AS kept FROM entries
     WHERE room_id = ? AND sequence > ? AND kind = 'restored' ORDER BY sequence LIMIT 1`,
  ),
  placeMember: database.prepare("UPDATE members SET place = ? WHERE room_id = ? AND device_id = ?"),
  /** Whoever had left before reads no further for being taken out. */
  endMember: database.prepare(
    `UPDATE members SET place = NULL, until_sequence = coalesce(until_sequence, ?)
     WHERE room_id = ? AND device_id = ?`,
  ),
  leaveRoom: database.prepare("UPDATE members SET until_sequence = ? WHERE room_id = ? AND device_id = ?"),
  hasWaiting: database.prepare(
    `SELECT 1 FROM inbox WHERE device_id = ? UNION ALL
     SELECT 1 FROM members JOIN rooms USING (room_id)
     WHERE device_id = ? AND cursor < coalesce(until_sequence, sequence) LIMIT 1`,
  ),
  rolesChain: database
    .prepare("SELECT bytes FROM entries WHERE room_id = ? AND kind = 'roles' ORDER BY sequence")
    .pluck(),
  rolesBytes: database
    .prepare("SELECT sum(length(bytes)) FROM entries WHERE room_id = ? AND kind = 'roles'")
    .pluck(),
  read: database.prepare(
    `SELECT sequence, kind, epoch, sender, submission_id, time, digest, devices, rejoin, bytes
     FROM entries WHERE room_id = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
  ),
  roomsOf: database
    .prepare(
      "SELECT room_id FROM members WHERE device_id = ? AND (until_sequence IS NULL OR cursor < until_sequence)",
    )
    .pluck(),
  saveCursor: database.prepare(
    "UPDATE members SET cursor = max(cursor, ?) WHERE room_id = ? AND device_id = ?",
  ),
  expireOld: database.prepare(
    `UPDATE entries SET bytes = NULL WHERE rowid IN (
       SELECT rowid FROM entries WHERE kind = 'application' AND bytes IS NOT NULL AND time < ? LIMIT ?)`,
  ),
  // Those who left and have what they may have are asked no more.
  readByAll: database.prepare(
    `SELECT rooms.room_id AS roomId, expired_to AS "from", min(min(cursor), coalesce(
       (SELECT min(cursor) FROM earlier_stays WHERE earlier_stays.room_id = rooms.room_id), min(cursor))) AS "to"
     FROM rooms JOIN members ON members.room_id = rooms.room_id
     WHERE until_sequence IS NULL OR cursor < until_sequence
     GROUP BY rooms.room_id HAVING "to" > expired_to`,
  ),
  /** The last of so many entries. */
  lastOf: database
    .prepare(
      `SELECT max(sequence) FROM (SELECT sequence FROM entries
       WHERE room_id = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?)`,
    )
    .pluck(),
  expireRead: database.prepare(
    `UPDATE entries SET bytes = NULL
     WHERE room_id = ? AND sequence > ? AND sequence <= ? AND kind = 'application' AND bytes IS NOT NULL`,
  ),
  /** Whose device has not read on to the entry may submit it once more, unless it has ended for good (P6). */
  forget: database.prepare(
    `UPDATE entries SET epoch = 0, sender = '', device_id = '', submission_id = '', submission_hash = x'', time = 0
     WHERE rowid IN (
       SELECT entries.rowid FROM entries WHERE kind = 'application' AND bytes IS NULL AND device_id <> '' AND time < ?
         AND NOT EXISTS (
           SELECT 1 FROM devices WHERE devices.device_id = entries.device_id AND ended = 0 AND destroyed = 0 AND (
             EXISTS (SELECT 1 FROM members WHERE members.room_id = entries.room_id
               AND members.device_id = entries.device_id AND cursor < sequence)
             OR EXISTS (SELECT 1 FROM earlier_stays WHERE earlier_stays.room_id = entries.room_id
               AND earlier_stays.device_id = entries.device_id AND cursor < sequence)))
       LIMIT ?)`,
  ),
  expiredTo: database.prepare("UPDATE rooms SET expired_to = ? WHERE room_id = ?"),
});
