/**
 * What the screens show of the client library: its state, the rooms and the directory, kept fresh by its changes. When
 * the capsule closes, all of it is dropped and the worker that had the keys is ended. One room's messages are in
 * `room/timeline.ts`.
 */
import type {
  ClientState,
  Directory,
  News,
  NimesClient,
  RoomSummary,
  Rules,
} from "@nimes/client/nimes-client";
import type { MessageId } from "@nimes/protocol/ids";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { KeyWorker } from "../worker/start-worker.ts";
import { coalesce } from "./coalesce.ts";

export type UploadProgress = { sent: number; total: number };

export type MessengerState = {
  client: ClientState;
  /** Undefined while the capsule is closed. */
  rules: Rules | undefined;
  /** Undefined until they have been read for the first time. */
  rooms: readonly RoomSummary[] | undefined;
  directory: Directory | undefined;
  uploads: ReadonlyMap<MessageId, UploadProgress>;
};

export type Messenger = {
  client: NimesClient;
  store: StoreApi<MessengerState>;
  /** @returns a function that ends the subscription. */
  onChange(listener: (change: News) => void): () => void;
  /** The worker is gone: nothing works until the page is loaded again. */
  crashed(): void;
  /** Reads the directory, once; afterwards changes keep it fresh. */
  wantDirectory(): void;
  /** Reads the state again: after an answer that changes what the lock screen says. */
  refresh(): Promise<void>;
  /** Empties the page at once, closes the capsule and ends the worker with its keys. */
  lock(): Promise<void>;
};

const nothing = (): MessengerState => ({
  client: { state: "starting" },
  rules: undefined,
  rooms: undefined,
  directory: undefined,
  uploads: new Map(),
});

/** The client library waits three seconds at most, for the server; a worker that does not answer is ended all the same. */
const lockPatienceMs = 5_000;

export function createMessenger(worker: KeyWorker): Messenger {
  const { client } = worker;
  const store = createStore<MessengerState>(nothing);
  const listeners = new Set<(change: News) => void>();
  let directoryWanted = false;
  let life = begin();

  /** One worker's life. Calls to a worker that was ended never answer: nothing may wait for them. */
  function begin() {
    let over = false;
    const loading = (load: () => Promise<Partial<MessengerState>>) =>
      coalesce(async () => {
        const loaded = await load();
        if (!over) store.setState(loaded);
      });
    const loadRooms = loading(async () => ({ rooms: await client.rooms() }));
    const loadDirectory = loading(async () => ({ directory: await client.directory() }));
    const loadState = coalesce(async () => {
      const state = await client.state();
      const rules = state.state === "ready" ? await client.rules() : undefined;
      if (over) return;
      const wasOpen = store.getState().client.state === "ready";
      if (wasOpen && state.state !== "ready") {
        directoryWanted = false;
        store.setState({ ...nothing(), client: state });
        // The capsule was closed from inside, by order or because the session is over: its worker goes, too.
        if (state.state === "locked") renew();
        return;
      }
      store.setState({ client: state, rules });
      if (state.state === "ready" && !store.getState().rooms) await loadRooms();
    });

    const apply = (change: News): void => {
      if (over) return;
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
      loadState,
      loadDirectory,
      end: () => {
        over = true;
      },
    };
  }

  function renew(): void {
    life.end();
    worker.restart();
    life = begin();
  }

  return {
    client,
    store,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    crashed: () => store.setState({ ...nothing(), client: { state: "failed", code: "internal" } }),
    wantDirectory: () => {
      if (directoryWanted) return;
      directoryWanted = true;
      void life.loadDirectory();
    },
    refresh: () => life.loadState(),
    async lock() {
      life.end();
      directoryWanted = false;
      store.setState(nothing());
      // What leaves the page with its screens, such as a draft, is sent before the capsule closes.
      await new Promise((resolve) => setTimeout(resolve));
      const patience = new Promise<void>((resolve) => setTimeout(resolve, lockPatienceMs));
      await Promise.race([client.lock(), patience]);
      worker.restart();
      life = begin();
    },
  };
}
