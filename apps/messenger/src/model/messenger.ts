/**
 * What the screens show of the client library: its state, the rooms and the directory, kept fresh by its changes.
 * One room's messages are in `room/timeline.ts`.
 */
import type { Change, ClientState, Directory, NimesClient, RoomSummary } from "@nimes/client/nimes-client";
import type { MessageId } from "@nimes/protocol/ids";
import { createStore, type StoreApi } from "zustand/vanilla";
import { coalesce } from "./coalesce.ts";

export type UploadProgress = { sent: number; total: number };

export type MessengerState = {
  client: ClientState;
  /** Undefined until they have been read for the first time. */
  rooms: readonly RoomSummary[] | undefined;
  directory: Directory | undefined;
  uploads: ReadonlyMap<MessageId, UploadProgress>;
};

export type Messenger = {
  client: NimesClient;
  store: StoreApi<MessengerState>;
  /** @returns a function that ends the subscription. */
  onChange(listener: (change: Change) => void): () => void;
  /** The worker is gone: nothing works until the page is loaded again. */
  crashed(): void;
  /** Reads the directory, once; afterwards changes keep it fresh. */
  wantDirectory(): void;
};

export function createMessenger(client: NimesClient): Messenger {
  const store = createStore<MessengerState>(() => ({
    client: { state: "starting" },
    rooms: undefined,
    directory: undefined,
    uploads: new Map(),
  }));
  const listeners = new Set<(change: Change) => void>();
  let directoryWanted = false;

  const loadRooms = coalesce(async () => store.setState({ rooms: await client.rooms() }));
  const loadDirectory = coalesce(async () => store.setState({ directory: await client.directory() }));
  const loadState = coalesce(async () => {
    const state = await client.state();
    store.setState({ client: state });
    if (state.state === "ready" && !store.getState().rooms) await loadRooms();
  });

  const apply = (change: Change): void => {
    switch (change.of) {
      case "state":
        void loadState();
        break;
      case "rooms":
        void loadRooms();
        break;
      case "directory":
        if (directoryWanted) void loadDirectory();
        break;
      case "upload": {
        const { messageId, sent, total } = change;
        store.setState(({ uploads }) => ({ uploads: new Map(uploads).set(messageId, { sent, total }) }));
        break;
      }
      case "room":
        break;
    }
    for (const listener of listeners) listener(change);
  };

  void client.subscribe(apply).then(loadState);

  return {
    client,
    store,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    crashed: () => store.setState({ client: { state: "failed", code: "internal" } }),
    wantDirectory: () => {
      if (directoryWanted) return;
      directoryWanted = true;
      void loadDirectory();
    },
  };
}
