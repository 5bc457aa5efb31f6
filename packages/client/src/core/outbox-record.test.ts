import type { GroupId, MessageId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { OutboxRecord, SealedStage, Stage } from "./outbox-record.ts";
import {
  afterContradiction,
  afterRefusal,
  afterRetry,
  assignCounters,
  inSealingOrder,
  maxInFlight,
  planSealing,
  sealableAt,
} from "./outbox-record.ts";

const record = (position: number, stage: Stage): OutboxRecord => ({
  roomId: "room" as RoomId,
  position,
  messageId: `message ${position}` as MessageId,
  composedAt: 0,
  body: { kind: "text", text: "x" },
  stage,
});
const groupId = "12".repeat(32) as GroupId;
const sealed = (epoch: number, counter = 1): SealedStage => ({
  at: "sealed",
  groupId,
  epoch,
  counter,
  submissionId: "submission" as SubmissionId,
  sealed: new Uint8Array(1),
});
const at = (epoch: number, now = 0) => ({ groupId, epoch, now });
const positions = (records: readonly OutboxRecord[]) => records.map(({ position }) => position);

test("messages are sealed in the order in which they were written", () => {
  const records = [record(1, { at: "waiting" }), record(2, { at: "waiting" }), record(3, { at: "waiting" })];
  expect(positions(planSealing(records, at(4)))).toEqual([1, 2, 3]);
});

test("several are in flight within an epoch, within bounds, and refilled in batches", () => {
  const flying = (count: number) => Array.from({ length: count }, (_, index) => record(index, sealed(4)));
  const waiting = Array.from({ length: 200 }, (_, index) => record(1_000 + index, { at: "waiting" }));
  expect(planSealing([...flying(maxInFlight / 2 + 1), ...waiting], at(4))).toEqual([]);
  expect(planSealing([...flying(maxInFlight / 2), ...waiting], at(4))).toHaveLength(maxInFlight / 2);
  expect(planSealing(waiting, at(4))).toHaveLength(maxInFlight);
});

test("what is sealed goes again in the order of its counters, wherever it stands in the room", () => {
  const records = [record(1, sealed(4, 9)), record(2, { at: "waiting" }), record(3, sealed(4, 8))];
  expect(positions(inSealingOrder(records))).toEqual([3, 1]);
});

test("nothing overtakes a message that was refused and waits for an epoch that has not come yet", () => {
  const refused = afterRefusal(sealed(4, 7), "stale-epoch", 0);
  const records = [record(1, refused), record(2, { at: "waiting" })];
  expect(planSealing(records, at(4))).toEqual([]);
  expect(positions(planSealing(records, at(5)))).toEqual([1, 2]);
});

test("nothing is sealed at a new epoch while an answer of the old one is open", () => {
  const records = [record(1, sealed(4)), record(2, { at: "waiting" })];
  expect(planSealing(records, at(5))).toEqual([]);
});

test("a large picture or a wedged message does not hold up the words behind it", () => {
  const records = [
    record(1, { at: "uploading", sent: 0, total: 9 }),
    record(2, { at: "wedged", reason: "too-large" }),
    record(3, { at: "waiting" }),
  ];
  expect(positions(planSealing(records, at(1)))).toEqual([3]);
});

test("a stale message is sealed again under its counter, once this device is at the new epoch", () => {
  const stage = afterRefusal(sealed(4, 9), "stale-epoch", 0);
  expect(stage).toMatchObject({ at: "waiting", counter: 9 });
  expect(planSealing([record(1, stage)], at(4))).toEqual([]);
  expect(positions(planSealing([record(1, stage)], at(5)))).toEqual([1]);
});

test("a server that invents a stale epoch silences nothing for good: sealed again after a while, then a person is asked", () => {
  let stage: Stage = sealed(4, 9);
  let now = 0;
  let refusals = 0;
  while (stage.at === "sealed") {
    stage = afterRefusal(stage, "stale-epoch", now);
    refusals += 1;
    if (stage.at !== "waiting") break;
    const next = sealableAt(stage, at(4));
    expect(next).toBeGreaterThan(now);
    expect(positions(planSealing([record(1, stage)], at(4, next)))).toEqual([1]);
    now = next;
    stage = { ...sealed(4, 9), ...(stage.attempts !== undefined && { attempts: stage.attempts }) };
  }
  expect(stage).toEqual({ at: "wedged", reason: "server-contradicts" });
  expect(refusals).toBeLessThan(20);
});

test("what the server said to stand in the log and does not goes again under its id, then sealed anew", () => {
  const once = afterContradiction({ ...sealed(4, 9), claimed: 3 });
  expect(once).toEqual({ ...sealed(4, 9), attempts: 1 });
  if (once.at !== "sealed") throw new Error("not sealed");
  expect(afterContradiction({ ...once, claimed: 5 })).toEqual({ at: "waiting", counter: 9, attempts: 2 });
});

test("what was sealed before goes first, whatever became ready in front of it: counters stay in order", () => {
  const records = [
    record(1, { at: "waiting" }),
    record(2, { at: "waiting", counter: 6 }),
    record(3, { at: "waiting", counter: 5 }),
  ];
  const toSeal = planSealing(records, at(1));
  expect(positions(toSeal)).toEqual([3, 2, 1]);
  expect(assignCounters(toSeal, records, 4)).toEqual([5, 6, 7]);
});

test("a message refused for good is wedged with the reason, and can be tried again", () => {
  const stage = afterRefusal(sealed(4), "forbidden", 0);
  expect(stage).toEqual({ at: "wedged", reason: "forbidden" });
  expect(afterRetry(stage)).toEqual({ at: "waiting" });
  expect(afterRetry(sealed(4))).toEqual(sealed(4));
});

test("the counter of a message refused for good is given to the next: no loss is told that was none", () => {
  const all = [record(1, { at: "wedged", reason: "too-large" }), record(2, { at: "waiting" })];
  expect(assignCounters(all.slice(1), all, 5)).toEqual([6]);
});

test("counters of live messages are unique and grow, whatever was accepted, refused or sealed again", () => {
  const stage: fc.Arbitrary<"fresh" | "stale"> = fc.constantFrom("fresh", "stale");
  fc.assert(
    fc.property(fc.array(stage, { maxLength: 30 }), fc.nat(100), (kinds, accepted) => {
      // Those that were sealed before stand in front: their counters follow the accepted ones.
      const stale = kinds.filter((kind) => kind === "stale").length;
      const all = kinds.map((_, index) =>
        record(index, index < stale ? { at: "waiting", counter: accepted + index + 1 } : { at: "waiting" }),
      );
      expect(assignCounters(all, all, accepted)).toEqual(kinds.map((_, index) => accepted + index + 1));
    }),
  );
});

test("what an old group refused is sealed at once in the group that the room was founded anew in", () => {
  const stage = afterRefusal(sealed(9, 3), "stale-epoch", 0);
  const anew = { groupId: "34".repeat(32) as GroupId, epoch: 1, now: 0 };
  expect(planSealing([record(1, stage)], at(1))).toEqual([]);
  expect(positions(planSealing([record(1, stage)], anew))).toEqual([1]);
});

test("a server that does not know a member any more is asked for a while, and then people are told (F14)", () => {
  let stage: Stage = sealed(4);
  const pauses: number[] = [];
  for (let now = 0; stage.at === "sealed"; ) {
    const next = afterRefusal(stage, "not-a-member", now);
    if (next.at === "wedged") {
      expect(next).toEqual({ at: "wedged", reason: "not-a-member" });
      break;
    }
    // Its counter is free: where it is brought in anew it begins anew.
    expect(next).toMatchObject({ at: "waiting", stale: { epoch: 4 } });
    expect(next).not.toHaveProperty("counter");
    if (next.at !== "waiting") break;
    pauses.push((next.stale?.notBefore ?? 0) - now);
    now = next.stale?.notBefore ?? 0;
    stage = { ...sealed(4), attempts: next.attempts ?? 0 };
  }
  expect(pauses).toHaveLength(8);
  expect(pauses.reduce((sum, each) => sum + each, 0)).toBeLessThan(10 * 60_000);
});
