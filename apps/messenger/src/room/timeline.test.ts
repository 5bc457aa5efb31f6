import type { MessageItem, News, NimesClient, TimelinePage } from "@nimes/client/nimes-client";
import type { MessageId, RoomId, UserId } from "@nimes/protocol/ids";
import { expect, test, vi } from "vitest";
import { createMessenger } from "../model/messenger.ts";
import { openTimeline } from "./timeline.ts";

const roomId = "r".repeat(64) as RoomId;

/** A client that knows one room and pages through it as the real one does. */
function clientWith(count: number, firstUnread?: number) {
  let unreadFrom = firstUnread;
  const all: MessageItem[] = Array.from({ length: count }, (_, index) => messageAt(index));
  const listeners = new Set<(change: News) => void>();
  const markRead = vi.fn(async () => undefined);
  const client: Partial<NimesClient> = {
    state: async () => ({ state: "starting" }),
    subscribe: async (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    room: async () => undefined,
    timeline: async (_, { before, limit }): Promise<TimelinePage> => {
      const end = before === undefined ? all.length : all.findIndex((item) => item.messageId === before);
      const start = Math.max(0, end - limit);
      const firstUnread = unreadFrom === undefined ? {} : { firstUnread: messageAt(unreadFrom).messageId };
      return { items: all.slice(start, end), hasOlder: start > 0, ...firstUnread };
    },
    markRead,
  };
  const arrive = (more: number) => {
    for (let index = 0; index < more; index++) all.push(messageAt(all.length));
    for (const listener of listeners) listener({ of: "room", roomId });
  };
  const worker = { client: client as NimesClient, restart: () => undefined };
  const setUnread = (from: number | undefined) => {
    unreadFrom = from;
  };
  return { worker, arrive, markRead, unreadFrom: setUnread };
}

const messageAt = (index: number): MessageItem => ({
  kind: "message",
  messageId: `m${index}` as MessageId,
  sender: { userId: "u" as UserId, displayName: "Anna" },
  own: false,
  at: index,
  sequence: index + 1,
  body: { kind: "text", text: `${index}` },
});

async function openedWith(count: number, unreadFrom?: number, isLooked = () => true) {
  const world = clientWith(count, unreadFrom);
  const timeline = openTimeline(createMessenger(world.worker), roomId, isLooked);
  await vi.waitFor(() => expect(timeline.store.getState().loaded).toBe(true));
  return { ...world, timeline };
}

test("a room opens far enough back to show the first unread message", async () => {
  const { timeline } = await openedWith(300, 140);
  const { items, firstUnread } = timeline.store.getState();
  expect(firstUnread).toBe("m140");
  expect(items.some((item) => item.kind === "message" && item.messageId === "m140")).toBe(true);
});

test("the divider stays where it was while new messages come", async () => {
  const { timeline, arrive } = await openedWith(50, 45);
  arrive(3);
  await vi.waitFor(() => expect(timeline.store.getState().items).toHaveLength(53));
  expect(timeline.store.getState().firstUnread).toBe("m45");
});

test("what comes while nobody looks begins behind a divider, which stays when somebody does", async () => {
  let isLooked = true;
  const { timeline, arrive, unreadFrom } = await openedWith(50, undefined, () => isLooked);
  expect(timeline.store.getState().firstUnread).toBeUndefined();
  isLooked = false;
  unreadFrom(50);
  arrive(2);
  await vi.waitFor(() => expect(timeline.store.getState().firstUnread).toBe("m50"));
  isLooked = true;
  unreadFrom(undefined);
  arrive(1);
  await vi.waitFor(() => expect(timeline.store.getState().items).toHaveLength(53));
  expect(timeline.store.getState().firstUnread).toBe("m50");
});

test("a long catch-up leaves no hole between what was shown and what is new", async () => {
  const { timeline, arrive } = await openedWith(80);
  arrive(200);
  await vi.waitFor(() => expect(timeline.store.getState().items.at(-1)).toMatchObject({ messageId: "m279" }));
  const numbers = timeline.store.getState().items.map((item) => (item.kind === "message" ? item.at : -1));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
});

test("older messages are put before the others once, though asked for twice at the same time", async () => {
  const { timeline } = await openedWith(100);
  await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
  const { items, prepended, hasOlder } = timeline.store.getState();
  expect(items).toHaveLength(100);
  expect({ prepended, hasOlder }).toEqual({ prepended: true, hasOlder: false });
});

test("what has been seen is told once, and never backwards", async () => {
  const { timeline, markRead } = await openedWith(10);
  timeline.seen(4);
  timeline.seen(4);
  timeline.seen(2);
  timeline.seen(9);
  expect(markRead.mock.calls).toEqual([
    [roomId, 4],
    [roomId, 9],
  ]);
});

test("a closed room asks for nothing any more", async () => {
  const { timeline, arrive } = await openedWith(10);
  timeline.close();
  arrive(1);
  await Promise.resolve();
  expect(timeline.store.getState().items).toHaveLength(10);
});
