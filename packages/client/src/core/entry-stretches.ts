/** Entries told apart by whom they concern: the encryption, or the client alone. */
import { equalBytes } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { Entry } from "@nimes/protocol/entry";
import { Signed } from "@nimes/protocol/schema";
import type { Judged } from "./apply-entries.ts";
import type { RoomRecord } from "./room-record.ts";

export type StretchOfEntries = { sealed: boolean; entries: Entry[] };

/** Entries that the encryption opens, and those it does not concern, in order. */
export function splitByKind(batch: readonly Entry[]): StretchOfEntries[] {
  const stretches: StretchOfEntries[] = [];
  for (const entry of batch) {
    const sealed = entry.kind === "commit" || entry.kind === "application";
    const last = stretches.at(-1);
    if (last?.sealed === sealed) last.entries.push(entry);
    else stretches.push({ sealed, entries: [entry] });
  }
  return stretches;
}

/** Roles may stand first only, and must be those that name the room. */
export function judgePlain(room: RoomRecord | undefined, entry: Entry): Judged {
  if (entry.kind === "expired") return { entry, outcome: { outcome: "expired" } };
  const signed = decodeCbor(Signed, entry.bytes);
  const [first] = room?.signedRoles ?? [];
  if (entry.sequence === 1 && signed.ok && first && equalBytes(signed.value.payload, first.payload))
    return { entry, outcome: { outcome: "roles" } };
  const { sequence, sender } = entry;
  return { entry, outcome: { outcome: "refused", sequence, sender, reason: "wrong-room" } };
}
