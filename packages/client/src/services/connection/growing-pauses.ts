/** Trying again by oneself, for each room apart: after a pause that grows, so that a server that always refuses is asked rarely. */
import type { RoomId } from "@nimes/protocol/ids";
import type { Clock } from "../../ports/clock.ts";

export type GrowingPauses = {
  /** Tries again after a pause twice as long as the last one; a try that is due already stays. */
  later(roomId: RoomId): void;
  /** It has come right: the next pause is the first again. */
  forget(roomId: RoomId): void;
};

const firstPauseMs = 2_000;
/** The longest pause is a good half hour. */
const maxDoublings = 10;

export function createGrowingPauses(clock: Clock, again: (roomId: RoomId) => void): GrowingPauses {
  const waiting = new Map<RoomId, { attempts: number; cancel: (() => void) | undefined }>();
  return {
    later(roomId) {
      const { attempts, cancel } = waiting.get(roomId) ?? { attempts: 0, cancel: undefined };
      if (cancel) return;
      const delayMs = firstPauseMs * 2 ** Math.min(attempts, maxDoublings);
      const next = {
        attempts: attempts + 1,
        cancel: clock.after(delayMs, () => {
          waiting.set(roomId, { attempts: attempts + 1, cancel: undefined });
          again(roomId);
        }),
      };
      waiting.set(roomId, next);
    },
    forget(roomId) {
      waiting.get(roomId)?.cancel?.();
      waiting.delete(roomId);
    },
  };
}
