/** Keeps what is being written per room: stored a moment after the last key, and at once when the room closes. */
import type { NimesClient } from "@nimes/client/nimes-client";
import type { RoomId } from "@nimes/protocol/ids";

const restMs = 500;

export type DraftKeeper = {
  change(text: string): void;
  /** Stores what has not been stored yet. */
  flush(): void;
};

export function createDraftKeeper(client: Pick<NimesClient, "setDraft">, roomId: RoomId): DraftKeeper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pending: string | undefined;
  const flush = () => {
    clearTimeout(timer);
    if (pending === undefined) return;
    void client.setDraft(roomId, pending);
    pending = undefined;
  };
  return {
    change: (text) => {
      pending = text;
      clearTimeout(timer);
      timer = setTimeout(flush, restMs);
    },
    flush,
  };
}
