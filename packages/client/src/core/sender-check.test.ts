import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSender, newSender, type SenderRecord, unknownSender } from "./sender-check.ts";

const hash = (byte: number) => new Uint8Array(32).fill(byte);
/** The log as this device saw it: entry n has the hash filled with n. */
const hashAt = (sequence: number) => (sequence <= 200 ? hash(sequence) : undefined);

/** Feeds messages in the order in which they stand in the log. */
function receive(sender: SenderRecord, counters: readonly number[]) {
  let now = sender;
  return counters.map((counter, index) => {
    const sequence = index + 2;
    const content = { counter, seen: { sequence: 1, hash: hash(1) } };
    const checked = checkSender(now, { sequence, content }, hashAt);
    now = checked.sender;
    return checked.findings;
  });
}

test("counters in order say nothing", () => {
  expect(receive(newSender(0), [1, 2, 3]).flat()).toEqual([]);
});

test("a dropped message is noticed at the sender's next one, with how many are missing (M13, P4)", () => {
  expect(receive(newSender(0), [1, 4])).toEqual([[], [{ type: "loss", count: 2 }]]);
  expect(receive(newSender(0), [3])).toEqual([[{ type: "loss", count: 2 }]]);
});

test("two swapped messages are noticed (M13, P3)", () => {
  expect(receive(newSender(0), [2, 1, 3])).toEqual([[{ type: "loss", count: 1 }], [{ type: "fork" }], []]);
});

test("a device that was there before tells with its first message where it stands", () => {
  expect(receive(unknownSender, [57, 58])).toEqual([[], []]);
  expect(receive(unknownSender, [57, 59])).toEqual([[], [{ type: "loss", count: 1 }]]);
});

test("any drop behind the first message is noticed, however the counters lie (M13)", () => {
  const drops = fc.record({
    length: fc.integer({ min: 2, max: 40 }),
    from: fc.nat(39),
    count: fc.integer({ min: 1, max: 39 }),
  });
  fc.assert(
    fc.property(drops, ({ length, from, count }) => {
      const all = Array.from({ length }, (_, index) => index + 1);
      const kept = all.filter((_, index) => index < from || index >= from + count);
      const lost = kept.length > 0 ? (kept.at(-1) ?? 0) - kept.length : 0;
      const found = receive(newSender(0), kept).flat();
      const told = found.reduce((sum, finding) => sum + (finding.type === "loss" ? finding.count : 0), 0);
      expect(told).toBe(lost);
    }),
  );
});

test("another hash at the same place is a fork, told once for each sender (M13, P4)", () => {
  const fork = { counter: 1, seen: { sequence: 3, hash: hash(99) } };
  const first = checkSender(newSender(0), { sequence: 5, content: fork }, hashAt);
  expect(first.findings).toEqual([{ type: "fork" }]);
  const again = { counter: 2, seen: { sequence: 4, hash: hash(98) } };
  expect(checkSender(first.sender, { sequence: 6, content: again }, hashAt).findings).toEqual([]);
});

test("what the sender saw before this device came cannot be judged", () => {
  const content = { counter: 1, seen: { sequence: 3, hash: hash(99) } };
  expect(checkSender(newSender(0), { sequence: 5, content }, () => undefined).findings).toEqual([]);
});

test("nobody has seen what comes behind the own message", () => {
  const content = { counter: 1, seen: { sequence: 5, hash: hash(5) } };
  expect(checkSender(newSender(0), { sequence: 5, content }, hashAt).findings).toEqual([{ type: "fork" }]);
});
