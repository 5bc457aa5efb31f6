import { beforeEach, expect, test } from "vitest";
import { type Descriptors, watchDescriptors } from "./descriptors.ts";

const lack = (code = "EMFILE") => Object.assign(new Error(code), { code });
let descriptors: Descriptors;
let time: number;
let failing: Error | undefined;
let said: boolean[];
let look: () => Promise<void>;
beforeEach(() => {
  time = 0;
  failing = undefined;
  said = [];
  descriptors = watchDescriptors({
    tryOpen: async () => {
      if (failing) throw failing;
    },
    every(_, callback) {
      look = async () => {
        callback();
        await new Promise(setImmediate);
      };
      return () => {};
    },
    ran: () => time,
    onChange: (enough) => said.push(enough),
  });
});

test("a lack of descriptors is said once, however many errors it makes, and once more when it is over", async () => {
  await look();
  expect(said).toEqual([]);
  for (let errors = 0; errors < 100; errors += 1) expect(descriptors.isLack(lack())).toBe(true);
  failing = lack("ENFILE");
  await look();
  expect(said).toEqual([false]);
  failing = undefined;
  await look();
  await look();
  expect(said).toEqual([false, true]);
});

test("one that comes and goes all the time is said once a minute", async () => {
  for (time = 0; time < 180_000; time += 1_000) {
    failing = time % 2_000 === 0 ? lack() : undefined;
    await look();
  }
  expect(said).toEqual([false, true, false, true, false, true]);
});

test("a file of the app that could not be opened meanwhile is worth another try, and afterwards it is what it says", async () => {
  const forbidden = lack("FST_STATIC_FORBIDDEN_PATH");
  expect(descriptors.isLack(forbidden)).toBe(false);
  descriptors.isLack(lack());
  expect(descriptors.isLack(forbidden)).toBe(true);
  await look();
  expect(descriptors.isLack(forbidden)).toBe(false);
});

test("another error is none, and says nothing", async () => {
  failing = lack("EACCES");
  await look();
  expect(descriptors.isLack(failing)).toBe(false);
  expect(descriptors.isLack("EMFILE")).toBe(false);
  expect(said).toEqual([]);
});
