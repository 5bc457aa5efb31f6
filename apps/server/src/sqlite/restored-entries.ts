/**
 * The server's own entry in every room whose log is an older one, because a backup was put back (TESTS F14). What stood behind
 * the last entry is lost, and its numbers are given to nobody else: the log goes on far beyond all of them.
 */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { RestoredEntry } from "@nimes/protocol/entry";
import { digestOf, hashBehind } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { Closed, Count, GroupId } from "@nimes/protocol/schema";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import * as Type from "typebox";
import type { SqliteDatabase } from "./open-database.ts";
import { plainBytes } from "./queries.ts";

type RoomRow = {
  roomId: RoomId;
  sequence: number;
  time: number;
  hash: Uint8Array;
  groupId: Uint8Array;
  epoch: number;
  roles: Uint8Array;
};

/** What the row of such an entry keeps as its bytes: nobody has sent it. */
const Kept = Closed({ from: Count, groupId: GroupId, rolesVersion: Type.Integer({ minimum: 1 }) });

/**
 * Writes one into every room, behind its last entry, within the caller's transaction.
 * @param times how often a backup was put back since this one was made: numbers of an earlier time are not given out either.
 * @param now server's clock, milliseconds.
 * @param afterRow what came into the logs behind this row came behind the backup: it counts as lost, and whoever wrote it sends
 *   it again, because others stand where it does. A row, and no time: those of a room may stand ahead of every clock.
 * @param only this room.
 */
export function writeRestoredEntries(
  database: SqliteDatabase,
  { times, now, afterRow, only }: { times: number; now: number; afterRow?: number; only?: RoomId },
): void {
  const lastBefore = database
    .prepare("SELECT max(sequence) FROM entries WHERE room_id = ? AND rowid <= ?")
    .pluck();
  const rooms = database.prepare(
    `SELECT room_id AS roomId, sequence, time, hash, group_id AS groupId, epoch, payload AS roles
     FROM rooms JOIN room_roles USING (room_id) WHERE @only IS NULL OR room_id = @only`,
  );
  const add = database.prepare(
    `INSERT INTO entries (room_id, sequence, kind, epoch, sender, device_id, submission_id, submission_hash, time, digest, bytes)
     VALUES (?, ?, 'restored', ?, '', '', ?, x'', ?, ?, ?)`,
  );
  const advance = database.prepare("UPDATE rooms SET sequence = ?, time = ?, hash = ? WHERE room_id = ?");
  for (const room of rooms.all({ only: only ?? null }) as RoomRow[]) {
    const { roomId, epoch } = room;
    const from = afterRow === undefined ? room.sequence : (lastBefore.get(roomId, afterRow) as number | null);
    // Founded since: nobody has known it otherwise.
    if (from === null) continue;
    const entry = entryBehind(room, { from, times, now });
    const { sequence, time, groupId, rolesVersion } = entry;
    const kept = encodeCbor({ from, groupId, rolesVersion });
    add.run(roomId, sequence, epoch, `${roomId}/${sequence}`, time, digestOf(entry), kept);
    advance.run(sequence, time, hashBehind(room.hash, entry), roomId);
  }
}

function entryBehind(
  { sequence: last, time, groupId, epoch, roles }: RoomRow,
  { from, times, now }: { from: number; times: number; now: number },
): RestoredEntry {
  const current = decodeCbor(RoomRoles, roles);
  if (!current.ok) throw new Error("the roles of a room do not decode");
  return {
    sequence: last + times * limits.restoredJump,
    kind: "restored",
    time: Math.max(time, now),
    from,
    groupId: plainBytes(groupId),
    epoch,
    rolesVersion: current.value.version,
  };
}

/** Such an entry as it was written. @param row.kept its bytes. */
export function restoredEntryOf({
  kept: bytes,
  ...place
}: Pick<RestoredEntry, "sequence" | "time" | "epoch"> & { kept: Uint8Array }): RestoredEntry {
  const kept = decodeCbor(Kept, bytes);
  if (!kept.ok) throw new Error("a restored entry does not decode");
  return { ...place, kind: "restored", ...kept.value };
}
