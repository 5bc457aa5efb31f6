import { claimOf } from "@nimes/protocol/claimed";
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import type { Session } from "../connection/session.ts";
import { createKeyPackages } from "./key-packages.ts";

/** @param leftAfter what the server says after an upload; undefined: it cannot be reached. */
function keyPackagesAt(leftAfter: () => number | undefined) {
  const clock = createManualClock();
  const made: number[] = [];
  const keyPackages = createKeyPackages({
    clock,
    e2ee: {
      async newKeyPackages(count) {
        made.push(count);
        return [];
      },
    },
    session: {
      call: async () => {
        const left = leftAfter();
        return left === undefined ? refuse("no-network") : ok({ left });
      },
    } as unknown as Pick<Session, "call">,
    failed: (error) => {
      throw error;
    },
  });
  return { clock, made, keyPackages };
}
const second = 1_000;
const hour = 3_600 * second;
/** Lets time pass and answers come. */
async function pass(clock: ReturnType<typeof createManualClock>, ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

test("what is missing is made when fewer than half are left, and not before", async () => {
  const { made, keyPackages } = keyPackagesAt(() => limits.keyPackagesPerDevice);
  await keyPackages.refill(claimOf(limits.keyPackageRefillBelow));
  expect(made).toEqual([]);
  await keyPackages.refill(claimOf(30));
  expect(made).toEqual([70]);
});

test("a server that always says that none are left is brought no more than a pause that grows allows", async () => {
  const { clock, made, keyPackages } = keyPackagesAt(() => 0);
  for (let hints = 0; hints < 1_000; hints += 1) await keyPackages.refill(claimOf(0));
  expect(made).toEqual([100]);
  await pass(clock, hour, second);
  expect(made.length).toBeGreaterThan(5);
  expect(made.length).toBeLessThan(12);
  const afterAnHour = made.length;
  await pass(clock, 10 * hour, 60 * second);
  expect(made.length - afterAnHour).toBeLessThan(12);
  keyPackages.close();
});

test("packages that are used up in the pause are made when it is over, and after quiet it is short again", async () => {
  const { clock, made, keyPackages } = keyPackagesAt(() => limits.keyPackagesPerDevice);
  await keyPackages.refill(claimOf(10));
  await keyPackages.refill(claimOf(20));
  expect(made).toEqual([90]);
  await pass(clock, 5 * second, second);
  expect(made).toEqual([90, 80]);
  await pass(clock, hour, 60 * second);
  await keyPackages.refill(claimOf(10));
  await keyPackages.refill(claimOf(40));
  await pass(clock, 5 * second, second);
  expect(made).toEqual([90, 80, 90, 60]);
});

test("without a network none are made until the server says again how many there are", async () => {
  let isReached = false;
  const { clock, made, keyPackages } = keyPackagesAt(() => (isReached ? 100 : undefined));
  await keyPackages.refill(claimOf(0));
  await pass(clock, hour, 60 * second);
  expect(made).toEqual([100]);
  isReached = true;
  await keyPackages.refill(claimOf(0));
  expect(made).toEqual([100, 100]);
});
