import type { ClientId, MessageId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { anna } from "@nimes/testing/client/room";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeExpiry, nextDueSince } from "./expiry.ts";
import type { StoredMessage } from "./stored-item.ts";

const day = 24 * 60 * 60_000;
const start = Date.UTC(2026, 10, 30);
const message = (part: Partial<StoredMessage> = {}): StoredMessage => ({
  kind: "message",
  messageId: "m" as MessageId,
  sender: anna as ClientId,
  at: start,
  sentAt: start,
  receivedAt: start,
  body: { kind: "text", text: "Zugriff um vier" },
  ...part,
});
const seen = { lifetimeMs: 7 * day, seen: true, agreedSince: undefined };
const unseen = { lifetimeMs: 7 * day, seen: false, agreedSince: undefined };

test("whatever the sender's clock says, the time runs from the receipt here (P7)", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(60 * day), fc.boolean(), (sentAt, laterMs, isSeen) => {
      const at = { ...unseen, seen: isSeen, now: start + laterMs };
      expect(judgeExpiry(message({ sentAt }), at)).toEqual(judgeExpiry(message(), at));
    }),
  );
});

test("what was seen goes when the policy's time is over, an own message by the time of writing", () => {
  for (const item of [message(), message({ receivedAt: undefined as never })]) {
    expect(judgeExpiry(item, { ...seen, now: start + 7 * day - 1 })).toEqual({
      verdict: "stays",
      until: start + 7 * day,
    });
    const dueAt = start + 7 * day;
    expect(judgeExpiry(item, { ...seen, now: dueAt })).toEqual({ verdict: "due", dueAt });
    expect(judgeExpiry(item, { ...seen, now: dueAt, agreedSince: dueAt })).toEqual({ verdict: "gone" });
  }
});

test("what nobody saw stays as long as a server keeps entries, and goes only when two looks agree", () => {
  const dueAt = start + limits.entryLifetimeMs;
  expect(judgeExpiry(message(), { ...unseen, now: dueAt - 1 })).toEqual({ verdict: "stays", until: dueAt });
  const due = { verdict: "due", dueAt };
  expect(judgeExpiry(message(), { ...unseen, now: dueAt })).toEqual(due);
  const agreed = { ...unseen, agreedSince: dueAt };
  expect(judgeExpiry(message(), { ...agreed, now: dueAt + 1 })).toEqual({ verdict: "gone" });
  // Due only after the look that counts: a look of its own is needed.
  const later = message({ receivedAt: start + 1 });
  expect(judgeExpiry(later, { ...agreed, now: dueAt + 2 })).toEqual({ ...due, dueAt: dueAt + 1 });
});

test("a clock that jumps a year ahead and comes back has deleted nothing (F12)", () => {
  const year = 365 * day;
  const first = judgeExpiry(message(), { ...unseen, now: start + year });
  expect(first.verdict).toBe("due");
  const dueSince = nextDueSince([start + limits.entryLifetimeMs], { now: start + year, dueSince: undefined });
  expect(dueSince).toBe(start + year);
  const back = judgeExpiry(message(), { ...unseen, agreedSince: dueSince, now: start + day });
  expect(back.verdict).toBe("stays");
  expect(nextDueSince([], { now: start + day, dueSince })).toBeUndefined();
  // A look that lies ahead of the clock counts for nothing.
  expect(nextDueSince([start], { now: start + day, dueSince })).toBe(start + day);
});

test("what came while the clock was a year ahead does not stay a year longer (F12)", () => {
  const ahead = message({ receivedAt: start + 365 * day });
  expect(judgeExpiry(ahead, { ...seen, now: start })).toEqual({ verdict: "from-the-future" });
  // A clock that is corrected by seconds changes nothing.
  expect(judgeExpiry(message({ receivedAt: start + 5_000 }), { ...seen, now: start }).verdict).toBe("stays");
});
