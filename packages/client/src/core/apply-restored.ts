/**
 * A room whose server goes on behind a backup (TESTS F14). What it lost, some have and others do not: counters and hashes
 * begin anew, own messages from then go again, and where the group has gone on since it is founded anew. Until a member has
 * seen the same, it is the server's word alone: what the server shows after all takes it back. Pure.
 */
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";
import { groupIdOf } from "@nimes/protocol/ids";
import type { Applied } from "./apply-entries.ts";
import type { MissingPlace, RoomRecord } from "./room-record.ts";
import type { SenderRecord } from "./sender-check.ts";

/** @param at.receivedAt own clock, milliseconds. */
export function applyRestored(
  applied: Applied,
  entry: RestoredEntry,
  { digest, receivedAt }: { digest: Uint8Array; receivedAt: number },
): void {
  const { room } = applied;
  const { sequence, epoch, from, rolesVersion } = entry;
  const isSameGroup = equalBytes(entry.groupId, fromHex(room.stand.groupId));
  // Whoever has read on behind what the server still has may have had the same epochs with other commits: then the groups are compared.
  const isRewound = !isSameGroup || epoch < room.stand.epoch || from < room.cursor;
  const place = { sequence, digest, epoch, since: receivedAt };
  const { cursor, hash, stand, logEpoch, senders, leaving, trouble } = room;
  const before = { cursor, hash, stand, logEpoch, senders, leaving, ...(trouble && { trouble }) };
  const { lost } = room;
  applied.room = {
    ...room,
    stand: { groupId: groupIdOf(entry.groupId), epoch },
    logEpoch: Math.min(logEpoch, epoch),
    senders: changed(senders, (sender) => ({ ...sender, counter: null, forked: false })),
    restored: { sequence, before: room.restored?.before ?? before },
    lost: {
      from: Math.min(from, lost?.from ?? from),
      until: sequence,
      rolesVersion: Math.min(rolesVersion, lost?.rolesVersion ?? rolesVersion),
    },
    ...(isRewound && room.standing.state === "member" && { trouble: { kind: "rewound", entry: place } }),
  };
  applied.epochChanged = true;
}

/**
 * Whether the server shows what stood next before it said that a backup was put back: then it has lost nothing.
 * @param entries in order.
 */
export const isTakenBack = ({ restored }: RoomRecord, entries: readonly Entry[]): boolean =>
  restored !== undefined &&
  entries.some(({ kind, sequence }) => kind !== "restored" && sequence === restored.before.cursor + 1);

/**
 * The room as it was before; what a sender has said since counts on. What stood behind it holds up nothing that really comes, and own
 * messages of which the log has shown only that go again.
 */
export function takenBack({ restored, lost, trouble, ...room }: RoomRecord): RoomRecord {
  if (!restored) return { ...room, ...(lost && { lost }), ...(trouble && { trouble }) };
  const { senders, ...before } = restored.before;
  const now = room.senders;
  // Whoever was taken out and added since has come with the later entry: what was written meanwhile is not for them (P9).
  const kept = changed(senders, (sender, device) => {
    const { counter, since } = now[device] ?? sender;
    return {
      ...sender,
      counter: counter ?? sender.counter,
      ...(since !== undefined && { since: Math.max(since, sender.since ?? since) }),
    };
  });
  const later = trouble?.kind === "rewound" ? undefined : trouble;
  const again = {
    from: before.cursor,
    until: room.cursor + 1,
    rolesVersion: lost?.rolesVersion ?? room.roles.version,
  };
  return {
    ...placedBefore(room, before.cursor),
    ...(room.cursor > restored.sequence && { lost: again }),
    ...(later && { trouble: later }),
    ...before,
    senders: { ...now, ...kept },
  };
}

/** Everything that says how far something is, no further than here. */
function placedBefore(room: RoomRecord, cursor: number): RoomRecord {
  const { asked, last, answered } = room;
  const isBefore = ({ sequence }: MissingPlace): boolean => sequence <= cursor;
  return {
    ...room,
    readUpTo: Math.min(room.readUpTo, cursor),
    delivered: Math.min(room.delivered, cursor),
    answered: Object.fromEntries(
      Object.entries(answered).map(([device, upTo]) => [device, Math.min(upTo, cursor)]),
    ),
    missing: room.missing.filter(isBefore),
    ...(asked && { asked: { ...asked, places: asked.places.filter(isBefore) } }),
    ...(last && { last: { ...last, sequence: Math.min(last.sequence, cursor) } }),
  };
}

type Senders = RoomRecord["senders"];

const changed = (
  senders: Senders,
  change: (sender: SenderRecord, device: ClientId) => SenderRecord,
): Senders =>
  Object.fromEntries(
    Object.entries(senders).map(([device, sender]) => [device, change(sender, device as ClientId)]),
  );
