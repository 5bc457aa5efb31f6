/**
 * Where a device stands in the log of a room that it was brought into. The server names the place, and may name a wrong
 * one; the commit that brought the device in is signed, and stands at one place. Until a member's message has confirmed it,
 * the server is asked for the log from there with every connection, and the place is taken from what comes.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { Entry } from "@nimes/protocol/entry";
import { hashBehind } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import { Signed } from "@nimes/protocol/schema";
import { refoundedEpoch } from "@nimes/protocol/signed/refounding";
import { standBehind } from "./log-stand.ts";
import type { RoomRecord } from "./room-record.ts";
import { enteredBehind } from "./room-record.ts";

/**
 * @param previous running hash before the first of the entries, as the server says.
 * @returns the room where the commit really stands, with the running hash behind it; undefined when it is as it was thought to be,
 * or is not shown.
 */
export function anchorAnew(
  room: RoomRecord,
  entries: readonly Entry[],
  previous: Uint8Array,
): RoomRecord | undefined {
  const { entrance } = room;
  if (!entrance) return undefined;
  let hash = previous;
  for (const entry of entries) {
    hash = hashBehind(hash, entry);
    if (!hasBrought(entry, entrance.commit)) continue;
    const { sequence } = entry;
    const isRight = sequence === entrance.sequence && equalBytes(hash, entrance.hash);
    const cursor = isRight ? room.cursor : sequence;
    const behind = entries.filter((one) => one.sequence > sequence && one.sequence <= cursor);
    const stand = standSince(room, entry, behind);
    if (isRight) return stand === room.stand ? undefined : { ...room, stand };
    const enteredAt = enteredBehind({ sequence, behind: entrance.behind });
    return { ...room, entrance: { ...entrance, sequence, hash }, enteredAt, cursor, hash, stand };
  }
  return undefined;
}

/** Whoever came in without opening its Welcome learns only here which epoch the log stood at behind that. */
function standSince(room: RoomRecord, brought: Entry, behind: readonly Entry[]): RoomRecord["stand"] {
  const { stand, groupId } = room;
  const before = { groupId, epoch: brought.kind === "commit" ? brought.epoch : refoundedEpoch - 1 };
  const first =
    brought.kind === "commit" ? standBehind(before, brought) : { ...before, epoch: refoundedEpoch };
  if (stand.groupId !== groupId || first === before || stand.epoch >= first.epoch) return stand;
  return behind.reduce((now, entry) => (entry.kind === "commit" ? standBehind(now, entry) : now), first);
}

/** A commit is named by its bytes, a refounding by what was signed. */
function hasBrought(entry: Entry, named: Uint8Array): boolean {
  if (entry.kind === "commit") return equalBytes(sha256(entry.bytes), named);
  if (entry.kind !== "refound") return false;
  const signed = decodeCbor(Signed, entry.bytes);
  return signed.ok && equalBytes(sha256(signed.value.payload), named);
}
