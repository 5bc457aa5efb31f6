import type { ClientState, News, NimesClient } from "@nimes/client/nimes-client";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { expect, test, vi } from "vitest";
import { createMessenger } from "./messenger.ts";

const ready = { state: "ready" } as ClientState;

function fakeClient(first: ClientState) {
  let state = first;
  let tell: (change: News) => void = () => {};
  const rooms = vi.fn(async () => []);
  const directory = vi.fn(async () => ({ units: [], people: [] }));
  const restart = vi.fn();
  const lock = vi.fn(async () => undefined);
  const client: Partial<NimesClient> = {
    state: async () => state,
    subscribe: async (listener) => {
      tell = listener;
      return () => undefined;
    },
    rooms,
    directory,
    rules: async () => undefined,
    lock,
  };
  return {
    worker: { client: client as NimesClient, restart },
    restart,
    lock,
    listener: () => tell,
    rooms,
    directory,
    become: (next: ClientState) => {
      state = next;
      tell({ of: "state" });
    },
    tell: (change: News) => tell(change),
  };
}

test("rooms are read when the client is ready, not before", async () => {
  const world = fakeClient({ state: "not-activated" });
  const { store } = createMessenger(world.worker);
  await vi.waitFor(() => expect(store.getState().client.state).toBe("not-activated"));
  expect(world.rooms).not.toHaveBeenCalled();
  world.become(ready);
  await vi.waitFor(() => expect(store.getState().rooms).toEqual([]));
});

test("the directory is read only once a screen wants it, and then kept fresh", async () => {
  const world = fakeClient(ready);
  const messenger = createMessenger(world.worker);
  await vi.waitFor(() => expect(messenger.store.getState().rooms).toEqual([]));
  world.tell({ of: "directory" });
  expect(world.directory).not.toHaveBeenCalled();
  messenger.wantDirectory();
  messenger.wantDirectory();
  await vi.waitFor(() => expect(world.directory).toHaveBeenCalledTimes(1));
  world.tell({ of: "directory" });
  await vi.waitFor(() => expect(world.directory).toHaveBeenCalledTimes(2));
});

test("the progress of an upload is kept by its message", async () => {
  const world = fakeClient(ready);
  const { store } = createMessenger(world.worker);
  const messageId = "m" as MessageId;
  await vi.waitFor(() => expect(store.getState().client.state).toBe("ready"));
  world.tell({ of: "upload", roomId: "r" as RoomId, messageId, sent: 3, total: 9 });
  expect(store.getState().uploads.get(messageId)).toEqual({ sent: 3, total: 9 });
});

test("locking empties the page at once, and ends the worker with the keys when it has closed the capsule (C4)", async () => {
  const world = fakeClient(ready);
  const messenger = createMessenger(world.worker);
  await vi.waitFor(() => expect(messenger.store.getState().rooms).toEqual([]));
  const locked = messenger.lock();
  expect(messenger.store.getState()).toMatchObject({ client: { state: "starting" }, rooms: undefined });
  await locked;
  expect(world.lock).toHaveBeenCalledTimes(1);
  expect(world.restart).toHaveBeenCalledTimes(1);
});

test("a capsule that was closed from inside leaves nothing in the page, and its worker goes, too (A8, C4)", async () => {
  const world = fakeClient(ready);
  const { store } = createMessenger(world.worker);
  await vi.waitFor(() => expect(store.getState().rooms).toEqual([]));
  world.become({ state: "locked", lock: {} } as ClientState);
  await vi.waitFor(() => expect(world.restart).toHaveBeenCalledTimes(1));
  expect(store.getState().rooms).toBeUndefined();
});

test("what a worker that was ended still says changes nothing", async () => {
  const world = fakeClient(ready);
  const messenger = createMessenger(world.worker);
  await vi.waitFor(() => expect(messenger.store.getState().rooms).toEqual([]));
  const late = world.listener();
  await messenger.lock();
  world.rooms.mockClear();
  late({ of: "rooms" });
  expect(world.rooms).not.toHaveBeenCalled();
});
