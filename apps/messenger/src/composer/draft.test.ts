import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDraftKeeper } from "./draft.ts";

const roomId = "r" as RoomId;
const setDraft = vi.fn(async () => undefined);

beforeEach(() => {
  vi.useFakeTimers();
  setDraft.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a draft is stored once, after the last key", () => {
  const keeper = createDraftKeeper({ setDraft }, roomId);
  keeper.change("H");
  vi.advanceTimersByTime(300);
  keeper.change("Hal");
  vi.advanceTimersByTime(300);
  expect(setDraft).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  expect(setDraft.mock.calls).toEqual([[roomId, "Hal"]]);
});

test("leaving stores at once what has not been stored, and nothing twice", () => {
  const keeper = createDraftKeeper({ setDraft }, roomId);
  keeper.change("Hallo");
  keeper.flush();
  keeper.flush();
  vi.runAllTimers();
  expect(setDraft.mock.calls).toEqual([[roomId, "Hallo"]]);
});

test("an emptied draft is stored as well", () => {
  const keeper = createDraftKeeper({ setDraft }, roomId);
  keeper.change("");
  keeper.flush();
  expect(setDraft.mock.calls).toEqual([[roomId, ""]]);
});
