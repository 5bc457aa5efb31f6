/** Renews this device's keys in its rooms: one room after the other, spread in time, and never in the way of a message. */
import type { RoomId } from "@nimes/protocol/ids";
import type { KeyPace } from "../../core/renewal.ts";
import { isRenewalDue } from "../../core/renewal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RoomRecords } from "./room-records.ts";

export type Renewal = { start(): void; close(): void };

export function createRenewal(needs: {
  rooms: Pick<RoomRecords, "all">;
  clock: Clock;
  random: () => number;
  keyPace: KeyPace;
  isOnline(): boolean;
  /** Whether something is to be sealed in a room. */
  waitsToSeal(roomId: RoomId): boolean;
  renew(roomId: RoomId): void;
}): Renewal {
  const { rooms, clock, keyPace, random } = needs;
  let cancel: () => void = () => undefined;

  function next(): void {
    // Phones that were opened at the same time renew at different ones.
    cancel = clock.after(keyPace.shortestPauseMs * (1 + 2 * random()), () => {
      const now = clock.now();
      const due = needs.isOnline()
        ? rooms.all().filter((room) => isRenewalDue(room, keyPace, now) && !needs.waitsToSeal(room.roomId))
        : [];
      // Any of them: a room in which the server takes no renewal keeps no other one waiting.
      const room = due[Math.floor(random() * due.length)];
      if (room) needs.renew(room.roomId);
      next();
    });
  }
  return { start: next, close: () => cancel() };
}
