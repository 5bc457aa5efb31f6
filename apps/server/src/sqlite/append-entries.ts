/** Appending in SQLite: the rules are asked and their verdict is written down, within the caller's transaction. */
import type { FullEntry } from "@nimes/protocol/entry";
import { initialRunningHash } from "@nimes/protocol/entry";
import type { ClientId, DeviceId, RoomId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import { judgeAppend } from "../core/append.ts";
import type { AppendRequest } from "../core/append-request.ts";
import { type Appended, answeredBy } from "../core/append-verdict.ts";
import type { AppendView, EarlierSubmission, RoomHead } from "../core/append-view.ts";
import { attestationEnd, linkTime } from "../core/attestation-end.ts";
import { entryFor } from "../core/entry-for.ts";
import { fastEntryDigest, fastRunningHash } from "../core/entry-hash.ts";
import { pairIn } from "../core/judge-founding.ts";
import { createRolesCache } from "../core/roles-cache.ts";
import type { AppendOutcome } from "../ports/room-log-store.ts";
import type { SqliteInbox } from "./inbox.ts";
import type { RoomStatements } from "./room-statements.ts";
import { readSigned } from "./stored-signed.ts";

/** @param foundedAgain runs behind the founding of a room that this server had and lost. */
export function sqliteAppend(
  sql: RoomStatements,
  inbox: SqliteInbox,
  foundedAgain: (request: AppendRequest) => void,
): (request: AppendRequest) => AppendOutcome {
  const view = viewOf(sql, inbox);

  return (request) => {
    const verdict = judgeAppend(request, view);
    if (verdict.verdict === "refused") {
      const { verdict: _, ...refusal } = verdict;
      return { outcome: "refused", ...refusal };
    }
    if (verdict.verdict === "again")
      return { outcome: "again", sequence: verdict.sequence, time: verdict.time };
    const { roomId } = request;
    const entry = entryFor(request, verdict);
    const digest = fastEntryDigest(entry);
    const before = verdict.before ?? initialRunningHash(roomId);
    const hash = fastRunningHash(before, digest);
    writeRoom(request, verdict, { before, hash });
    writeEntry(request, entry, digest);
    writeMembers(roomId, verdict, before);
    if (request.what.kind === "found" && request.what.again) foundedAgain(request);
    return {
      outcome: "appended",
      entry,
      welcomed: writeWelcome(request, verdict, hash),
      ...answeredBy(verdict),
    };
  };

  function writeRoom(
    { roomId, sender, what }: AppendRequest,
    { head, kind, change }: Appended,
    { before, hash }: { before: Uint8Array; hash: Uint8Array },
  ): void {
    const { sequence, time, groupId, epoch, joinedEpoch, rolesHash, refounded, awaited, awaitedUntil } = head;
    if (what.kind === "found") {
      const pair = pairIn(what);
      if (pair !== null) sql.endPair.run(pair);
      sql.addRoom.run(roomId, time, hash, groupId, rolesHash, pair);
      sql.putGroup.run(roomId, groupId, null);
      sql.putRoles.run(roomId, what.payload);
      sql.addMember.run(roomId, deviceOf(sender), sender, 1, 0, before, 0);
    } else if (kind === "application") sql.advanceRoom.run(sequence, time, hash, roomId);
    else {
      const place = [groupId, epoch, joinedEpoch, rolesHash, refounded, awaited, awaitedUntil];
      sql.changeRoom.run(sequence, time, hash, ...place, roomId);
      if (change.tree) sql.putGroup.run(roomId, groupId, change.tree.groupInfo);
      if (change.roles) sql.putRoles.run(roomId, change.roles);
    }
  }

  function writeEntry({ roomId, submissionHash }: AppendRequest, entry: FullEntry, digest: Uint8Array): void {
    sql.addEntry.run(
      roomId,
      entry.sequence,
      entry.kind,
      entry.epoch,
      entry.sender,
      deviceOf(entry.sender),
      entry.submissionId,
      submissionHash,
      entry.time,
      digest,
      entry.devices ? entry.devices.join(",") : null,
      entry.rejoin ?? null,
      entry.bytes,
    );
  }

  /** Takes over whose leaves are in the tree and who has asked to leave. @param before running hash before the entry. */
  function writeMembers(roomId: RoomId, { head, change }: Appended, before: Uint8Array): void {
    const { sequence } = head;
    for (const deviceId of change.leaving ?? []) sql.leaveRoom.run(sequence, roomId, deviceId);
    if (!change.tree) return;
    const { devices, added, readsFrom = sequence } = change.tree;
    const after = new Set(devices);
    for (const { clientId } of view.leaves(roomId))
      if (!after.has(clientId)) sql.endMember.run(sequence, roomId, deviceOf(clientId));
    const isNew = new Set(added);
    for (const [place, clientId] of devices.entries()) {
      const deviceId = deviceOf(clientId);
      if (isNew.has(clientId)) {
        sql.keepStay.run(roomId, deviceId);
        sql.addMember.run(roomId, deviceId, clientId, readsFrom, readsFrom - 1, before, place);
      } else sql.placeMember.run(place, roomId, deviceId);
    }
  }

  /** Puts the Welcome into the inboxes that it is for. @returns whose they are. */
  function writeWelcome({ roomId, sender }: AppendRequest, verdict: Appended, hash: Uint8Array): DeviceId[] {
    const { head, change } = verdict;
    if (!change.welcome || !change.tree) return [];
    const { to, welcome, proof } = change.welcome;
    inbox.put(to, {
      kind: "welcome",
      roomId,
      roomSequence: head.sequence,
      runningHash: hash,
      groupId: head.groupId,
      welcome,
      welcomeProof: proof,
      roles: (sql.rolesChain.all(roomId) as Uint8Array[]).map(readSigned),
      devices: [...change.tree.devices],
      committer: sender,
    });
    return [...to];
  }
}

function viewOf(sql: RoomStatements, inbox: SqliteInbox): AppendView {
  const roles = createRolesCache((roomId) => sql.roles.get(roomId) as Uint8Array);
  return {
    room: (roomId) => sql.room.get(roomId) as RoomHead | undefined,
    earlier: (device, submissionId) => sql.earlier.get(submissionId, device) as EarlierSubmission | undefined,
    isMember: (roomId, device) => sql.isMember.get(roomId, device) !== undefined,
    leaves: (roomId) =>
      (sql.leaves.all(roomId) as { clientId: ClientId; leaving: 0 | 1 }[]).map(({ clientId, leaving }) => ({
        clientId,
        leaving: leaving === 1,
      })),
    roles,
    rolesBytes: (roomId) => sql.rolesBytes.get(roomId) as number,
    entryAt: (roomId, sequence) => sql.entryAt.get(roomId, sequence) as ReturnType<AppendView["entryAt"]>,
    hadGroup: (groupId) => sql.hadGroup.get(groupId) !== undefined,
    isAwaited: (roomId, device) => inbox.isAwaited(roomId, device),
    directRoom: (pair) => sql.directRoom.get(pair) as RoomId | undefined,
    isLive(clientId, time) {
      const attestation = sql.attestation.get(deviceOf(clientId), clientId) as Uint8Array | undefined;
      return attestation !== undefined && attestationEnd(readSigned(attestation).payload) >= time;
    },
    hadEnded(clientId, time) {
      const row = sql.ending.get(deviceOf(clientId), clientId) as
        | { revoked: 0 | 1; next: Uint8Array | null }
        | undefined;
      if (!row) return false;
      return row.revoked === 1 || (row.next !== null && time > linkTime(readSigned(row.next).payload));
    },
  };
}
