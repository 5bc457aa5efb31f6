import type { Entry, RestoredEntry } from "@nimes/protocol/entry";
import type { ClientId, SubmissionId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { gapPatienceMs, planEntry } from "./plan-entry.ts";

const self = "self" as ClientId;
const other = "other" as ClientId;
const entry = (sequence: number, sender: ClientId): Entry => ({
  sequence,
  kind: "expired",
  epoch: 0,
  sender,
  submissionId: "0".repeat(32) as SubmissionId,
  time: 1,
  digest: new Uint8Array(32),
});
const at = { cursor: 7, self, waitedMs: 0 };

test("the next entry is applied, an own one as an echo", () => {
  expect(planEntry(entry(8, other), at)).toBe("apply");
  expect(planEntry(entry(8, self), at)).toBe("own-echo");
});

test("what is behind the cursor was applied before (P2)", () => {
  expect(planEntry(entry(7, other), at)).toBe("duplicate");
  expect(planEntry(entry(1, self), at)).toBe("duplicate");
});

test("an entry behind a missing one waits, and after a while the missing one is asked for (P4)", () => {
  expect(planEntry(entry(9, other), at)).toBe("wait");
  expect(planEntry(entry(9, other), { ...at, waitedMs: gapPatienceMs })).toBe("gap");
});

test("the server's own entry about a backup comes next for whoever has read what it still has, and for nobody else (F14)", () => {
  const restored: RestoredEntry = {
    sequence: 1_000_005,
    kind: "restored",
    time: 1,
    from: 5,
    groupId: new Uint8Array(32),
    epoch: 0,
    rolesVersion: 1,
  };
  for (const cursor of [5, 7, 900]) expect(planEntry(restored, { ...at, cursor })).toBe("apply");
  expect(planEntry(restored, { ...at, cursor: 4 })).toBe("wait");
  expect(planEntry(restored, { ...at, cursor: 1_000_005 })).toBe("duplicate");
});
