import type { MessageItem } from "@nimes/client/nimes-client";
import type { MessageId, UserId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { mergeNewest, mergeOlder } from "./merge.ts";

const item = (id: number, delivery: MessageItem["delivery"] = { state: "sent" }): MessageItem => ({
  kind: "message",
  messageId: String(id) as MessageId,
  sender: { userId: "u" as UserId, displayName: "Anna" },
  own: true,
  at: id,
  body: { kind: "text", text: `${id}` },
  ...(delivery ? { delivery } : {}),
});
const items = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => item(from + index));
const ids = (loaded: { items: readonly { kind: string }[] } | undefined) =>
  loaded?.items.map((each) => (each as MessageItem).messageId).join(" ");

test("the newest page replaces what it covers and leaves what is older", () => {
  const merged = mergeNewest({ items: items(1, 6), hasOlder: true }, { items: items(4, 8), hasOlder: true });
  expect(ids(merged)).toBe("1 2 3 4 5 6 7 8");
  expect(merged?.hasOlder).toBe(true);
});

test("what has not changed keeps its identity, what has does not", () => {
  const shown = { items: items(1, 3), hasOlder: false };
  const page = { items: [item(1), item(2, { state: "delivered" }), item(3)], hasOlder: false };
  const merged = mergeNewest(shown, page);
  expect(merged?.items[0]).toBe(shown.items[0]);
  expect(merged?.items[1]).toBe(page.items[1]);
});

test("a discarded message is gone", () => {
  expect(
    ids(
      mergeNewest(
        { items: items(1, 4), hasOlder: false },
        { items: [item(1), item(2), item(4)], hasOlder: false },
      ),
    ),
  ).toBe("1 2 4");
});

test("a page that does not reach what is shown is refused: no hole is ever shown as history", () => {
  expect(
    mergeNewest({ items: items(1, 3), hasOlder: false }, { items: items(10, 12), hasOlder: true }),
  ).toBeUndefined();
});

test("a page that goes back to the beginning needs nothing before it", () => {
  expect(
    ids(mergeNewest({ items: items(1, 3), hasOlder: false }, { items: items(10, 12), hasOlder: false })),
  ).toBe("10 11 12");
});

test("older items come before the others, none twice", () => {
  const merged = mergeOlder({ items: items(3, 5), hasOlder: true }, { items: items(1, 3), hasOlder: false });
  expect(ids(merged)).toBe("1 2 3 4 5");
  expect(merged.hasOlder).toBe(false);
});
