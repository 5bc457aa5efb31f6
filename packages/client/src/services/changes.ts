/** Tells listeners what changed, the same change once for a whole burst. */
import type { News } from "../nimes-client.ts";
import type { Clock } from "../ports/clock.ts";

/** Short enough that nobody sees it, long enough for a frame full of entries. */
const coalesceMs = 15;

export type Changes = {
  tell(change: News): void;
  subscribe(listener: (change: News) => void): () => void;
  /** Ends all subscriptions. */
  close(): void;
};

export function createChanges(clock: Clock): Changes {
  const listeners = new Set<(change: News) => void>();
  const waiting = new Map<string, News>();
  let cancel: (() => void) | undefined;

  const flush = (): void => {
    cancel = undefined;
    const changes = [...waiting.values()];
    waiting.clear();
    for (const listener of listeners) for (const change of changes) listener(change);
  };
  return {
    tell(change) {
      waiting.set(keyOf(change), change);
      cancel ??= clock.after(coalesceMs, flush);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      cancel?.();
      listeners.clear();
    },
  };
}

function keyOf(change: News): string {
  switch (change.of) {
    case "room":
      return `room ${change.roomId}`;
    case "upload":
      return `upload ${change.messageId}`;
    default:
      return change.of;
  }
}
