/** Entries as they come, before and after the encryption has looked at them. Pure. */
import type { FullEntry } from "@nimes/protocol/entry";
import { limits } from "@nimes/protocol/limits";
import type { Write } from "../ports/store.ts";
import type { Judged } from "./apply-entries.ts";
import type { RoomRecord } from "./room-record.ts";
import { judgedTime } from "./room-record.ts";

/** Of what has expired; a phone's clock may be off by two days. */
const leastExpiryMs = limits.entryLifetimeMs - 2 * 24 * 60 * 60_000;

/** What messages that were sealed at the place where this device came in are held against. */
export const placeRecord = ({ roomId, cursor, hash, entrance }: RoomRecord): Write => ({
  put: "log",
  key: [roomId, cursor],
  record: { hash, bytesHash: entrance?.commit ?? new Uint8Array(0) },
});

/** Entries with the time that everybody judges them by. */
export function timed(room: RoomRecord, entries: readonly FullEntry[], latest: number): FullEntry[] {
  let { lastTime } = room;
  return entries.map((entry) => {
    const time = judgedTime(lastTime, entry.time, latest);
    lastTime = Math.max(time, lastTime ?? 0);
    return time === entry.time ? entry : { ...entry, time };
  });
}

/** The group that the log goes on in is one that this device has no part in yet. */
export const isOutside = ({ trouble }: RoomRecord): boolean =>
  (trouble?.kind === "stranded" && !trouble.passing) || trouble?.kind === "moved";

/** Refused without anybody's name on it, said to have expired long before anything does, or said to have been lost. */
export const isOdd = ({ lastTime }: RoomRecord, { entry, outcome }: Judged, now: number): boolean =>
  outcome.outcome === "expired"
    ? ("time" in entry ? entry.time : (lastTime ?? 0)) > now - leastExpiryMs
    : outcome.outcome === "refused" || outcome.outcome === "restored";

/**
 * What becomes of entries that this device has no keys for; undefined where the encryption opens them.
 * @param isOwn own messages are known without opening them.
 */
export function unopenedHere(
  { trouble, standing }: RoomRecord,
  entries: readonly FullEntry[],
  isOwn: (entry: FullEntry) => boolean,
): Judged[] | undefined {
  if (trouble?.kind === "stranded")
    return entries.map((entry) =>
      entry.kind === "application" && isOwn(entry)
        ? { entry, outcome: { outcome: "own", sequence: entry.sequence } }
        : { entry, outcome: { outcome: "passed" } },
    );
  if (standing.state !== "left") return undefined;
  return entries.map((entry) => ({
    entry,
    outcome: { outcome: "refused", sequence: entry.sequence, reason: "unreadable" },
  }));
}

/** Whether what was judged for one still holds for the other: this device has not come into the room, or lost its place, since. */
export const standsAlike = (one: RoomRecord, other: RoomRecord): boolean =>
  one.standing.state === other.standing.state &&
  one.trouble?.kind === other.trouble?.kind &&
  one.groupId === other.groupId &&
  one.joinedEpoch === other.joinedEpoch;
