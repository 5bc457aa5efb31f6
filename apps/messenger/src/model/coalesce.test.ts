import { expect, test } from "vitest";
import { coalesce } from "./coalesce.ts";

test("changes during a load lead to one more load, however many they are", async () => {
  const gates: (() => void)[] = [];
  const load = coalesce(() => new Promise<void>((resolve) => gates.push(resolve)));
  const first = load();
  load();
  load();
  expect(gates).toHaveLength(1);
  gates[0]?.();
  await Promise.resolve();
  expect(gates).toHaveLength(2);
  gates[1]?.();
  await first;
  expect(gates).toHaveLength(2);
});

test("a load that failed does not block the next", async () => {
  let fails = true;
  const load = coalesce(async () => {
    if (fails) throw new Error("gone");
  });
  await expect(load()).rejects.toThrow("gone");
  fails = false;
  await expect(load()).resolves.toBeUndefined();
});
