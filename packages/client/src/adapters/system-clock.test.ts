import { expect, test, vi } from "vitest";
import { systemClock } from "./system-clock.ts";

test("a delay that is longer than any timer is not over at once", async () => {
  const called = vi.fn();
  const cancel = systemClock.after(1e15, called);
  const later = new Promise<void>((resolve) => systemClock.after(20, resolve));
  await later;
  expect(called).not.toHaveBeenCalled();
  cancel();
});
