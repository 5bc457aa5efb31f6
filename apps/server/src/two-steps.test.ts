import { routes } from "@nimes/protocol/routes/routes";
import { must } from "@nimes/testing/two-steps/raw-calls";
import type { TestWorld } from "@nimes/testing/two-steps/world";
import { activateOfficer, openWorld } from "@nimes/testing/two-steps/world";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("a device that was activated with its PIN signs in by both steps, and only then gets content", async () => {
  const officer = await activateOfficer(world);
  const deviceToken = await officer.signIn();
  const directory = { query: { after: "0" } };
  expect((await officer.call(routes.getDirectory, { ...directory, token: deviceToken })).code).toBe(
    "not-opened",
  );
  const token = await officer.open();
  expect(must(await officer.call(routes.getDirectory, { ...directory, token })).entries).toHaveLength(1);
  const state = must(await officer.call(routes.getDeviceState, { query: { orderAfter: "0" } }));
  expect(state).toEqual({
    orders: [],
    policy: null,
    agreement: null,
    acceptedAgreement: 0,
    triesLeft: 10,
    waitMs: 0,
    passkey: false,
    serverTime: expect.any(Number),
  });
});
