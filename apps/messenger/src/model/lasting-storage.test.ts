import { expect, test } from "vitest";
import { askForLastingStorage } from "./lasting-storage.ts";

const asking = (persist: () => Promise<boolean>) =>
  askForLastingStorage({ navigator: { storage: { persist } } }, 20);

test("the browser's answer counts, and none is waited for for ever", async () => {
  expect(await asking(async () => true)).toBe(true);
  expect(await asking(async () => false)).toBe(false);
  expect(await asking(() => new Promise(() => undefined))).toBe(false);
  expect(await asking(() => Promise.reject(new Error("no")))).toBe(false);
  expect(await askForLastingStorage({ navigator: {} }, 20)).toBe(false);
});
