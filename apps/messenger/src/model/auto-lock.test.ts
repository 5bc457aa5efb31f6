import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startAutoLock } from "./auto-lock.ts";

const times = { inactivityLockMs: 5 * 60_000, backgroundLockMs: 60_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page that can be used, left, and asleep: then no timer runs. */
function openPage() {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const page = Object.assign(new EventTarget(), {
    document,
    performance,
    setTimeout: (work: () => void, ms: number) => setTimeout(work, ms),
    clearTimeout: (timer: ReturnType<typeof setTimeout>) => clearTimeout(timer),
  });
  const lock = vi.fn();
  const stop = startAutoLock({ window: page as unknown as Window, times, lock });
  return {
    lock,
    stop,
    use: () => page.dispatchEvent(new Event("pointerdown")),
    become: (state: "visible" | "hidden") => {
      document.visibilityState = state;
      document.dispatchEvent(new Event("visibilitychange"));
    },
    sleep: (ms: number) => vi.setSystemTime(Date.now() + ms),
  };
}

test("without input it locks after the policy's time, and every input begins it anew", () => {
  const { lock, use } = openPage();
  vi.advanceTimersByTime(times.inactivityLockMs - 1);
  use();
  vi.advanceTimersByTime(times.inactivityLockMs - 1);
  expect(lock).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(lock).toHaveBeenCalledTimes(1);
});

test("in the background it locks sooner, and coming back in time it goes on", () => {
  const { lock, become } = openPage();
  become("hidden");
  vi.advanceTimersByTime(times.backgroundLockMs - 1);
  become("visible");
  vi.advanceTimersByTime(times.backgroundLockMs);
  expect(lock).not.toHaveBeenCalled();
  become("hidden");
  vi.advanceTimersByTime(times.backgroundLockMs);
  expect(lock).toHaveBeenCalledTimes(1);
});

test("a phone that slept has locked before anything is shown, and a touch does not save it", () => {
  const asleep = openPage();
  asleep.become("hidden");
  asleep.sleep(times.backgroundLockMs);
  asleep.become("visible");
  expect(asleep.lock).toHaveBeenCalledTimes(1);

  const lying = openPage();
  lying.sleep(times.inactivityLockMs);
  lying.use();
  expect(lying.lock).toHaveBeenCalledTimes(1);
});

test("a clock that is set back does not keep it open", () => {
  const { lock } = openPage();
  vi.setSystemTime(Date.now() - 24 * 60 * 60_000);
  vi.advanceTimersByTime(times.inactivityLockMs);
  expect(lock).toHaveBeenCalledTimes(1);
});

test("once locked or ended it rests", () => {
  const { lock, stop, use } = openPage();
  stop();
  vi.advanceTimersByTime(times.inactivityLockMs * 2);
  use();
  expect(lock).not.toHaveBeenCalled();
});
