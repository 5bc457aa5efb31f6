/** When a device renews its keys in a room (DESIGN §6): a stolen state of it then reads no more. Pure. */
import type { RoomRecord } from "./room-record.ts";

/** How often keys are renewed. */
export type KeyPace = {
  /** Milliseconds since they were new. */
  renewAfterMs: number;
  /** Own messages since then. */
  renewAfterMessages: number;
  /** Between two rooms, milliseconds; at most three times as long. */
  shortestPauseMs: number;
};

export const weekly: KeyPace = {
  renewAfterMs: 7 * 24 * 60 * 60_000,
  renewAfterMessages: 1_000,
  shortestPauseMs: 5 * 60_000,
};

/** @param now own clock, milliseconds. Only where this device has written since: others are renewed by whoever writes. */
export function isRenewalDue(room: RoomRecord, pace: KeyPace, now: number): boolean {
  if (room.standing.state !== "member" || room.trouble || room.sealedSince === 0) return false;
  const { renewedAt = room.since } = room;
  return room.sealedSince >= pace.renewAfterMessages || now - renewedAt >= pace.renewAfterMs;
}
