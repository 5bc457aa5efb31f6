import type { ClientId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { gapPatienceMs, planEntry } from "./plan-entry.ts";

const self = "self" as ClientId;
const other = "other" as ClientId;
const at = { cursor: 7, self, waitedMs: 0 };

test("the next entry is applied, an own one as an echo", () => {
  expect(planEntry({ sequence: 8, sender: other }, at)).toBe("apply");
  expect(planEntry({ sequence: 8, sender: self }, at)).toBe("own-echo");
});

test("what is behind the cursor was applied before (P2)", () => {
  expect(planEntry({ sequence: 7, sender: other }, at)).toBe("duplicate");
  expect(planEntry({ sequence: 1, sender: self }, at)).toBe("duplicate");
});

test("an entry behind a missing one waits, and after a while the missing one is asked for (P4)", () => {
  expect(planEntry({ sequence: 9, sender: other }, at)).toBe("wait");
  expect(planEntry({ sequence: 9, sender: other }, { ...at, waitedMs: gapPatienceMs })).toBe("gap");
});
