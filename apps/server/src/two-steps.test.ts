import { routes } from "@nimes/protocol/routes/routes";
import { activateByHand } from "@nimes/testing/server/circle";
import { must } from "@nimes/testing/server/raw-calls";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

test("a device that was activated with its PIN signs in by both steps, and only then gets content", async () => {
  const officer = await activateByHand(world);
  const deviceToken = await officer.prove();
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
    passkeys: [],
    organisationVersion: 1,
    serverTime: expect.any(Number),
  });
});
