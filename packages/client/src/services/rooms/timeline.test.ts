import type { MessageId } from "@nimes/protocol/ids";
import { anna, bernd, room, roomId } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { StoredItem } from "../../core/stored-item.ts";
import type { Names } from "../../core/view.ts";
import type { Store } from "../../ports/store.ts";
import type { Outbox } from "../delivery/outbox.ts";
import { readTimeline } from "./timeline.ts";

const names: Names = { self: anna, user: () => undefined, unitName: (unitId) => unitId };

/** A store with these items in one room, and nothing else. */
const storeOf = (items: readonly unknown[]): Store => ({
  get: async () => undefined,
  list: async () =>
    items.map((record, index) => ({ key: [roomId, index + 1, 1], record: record as StoredItem })) as never,
  write: async () => undefined,
  close: async () => undefined,
});

test("a stored item that cannot be told becomes a row that says so, and takes no other with it", async () => {
  const text = (id: string) => ({
    kind: "message",
    messageId: id as MessageId,
    sender: bernd,
    sentAt: 1,
    receivedAt: 1,
    body: { kind: "text", text: id },
  });
  const stored = [
    text("one"),
    { kind: "reaction", to: "one" },
    { kind: "message", messageId: "two", sentAt: 1 },
    { kind: "notice", at: 1 },
    { kind: "notice", at: 1, notice: { type: "added", by: bernd } },
    text("three"),
  ];
  const needs = {
    store: storeOf(stored.toReversed()),
    outbox: { records: () => [] } as unknown as Outbox,
    names,
  };
  const page = await readTimeline(needs, room(), { limit: 10 });
  const told = page.items.map((item) => (item.kind === "message" ? item.messageId : item.notice.type));
  expect(told).toEqual(["one", "newer", "newer", "newer", "newer", "three"]);
  expect(new Set(page.items.map((item) => (item.kind === "notice" ? item.id : "")))).toContain("2.1");
});
