/** What a route can answer is what its row says: by the state of the caller here, and by every call of every other test. */
import type { ErrorCode } from "@nimes/protocol/errors";
import { errorTable, statusOf } from "@nimes/protocol/errors";
import type { Route } from "@nimes/protocol/routes/route";
import { errorsOf } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { enrolAgain, signOrder, signPolicy } from "@nimes/testing/organisation";
import { activateByHand } from "@nimes/testing/server/circle";
import type { RawRequest } from "@nimes/testing/server/raw-calls";
import { must } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiDocument } from "./open-api.ts";

const rows = Object.entries(routes) as [name: string, row: Route][];
const ofAccess = (...accesses: Route["access"][]) =>
  rows.filter(([, { access }]) => accesses.includes(access));

let world: TestServer;
/** A token of the second step for each way in which a device can come to its end. */
const over = new Map<ErrorCode, { device: RawDevice; token: string }>();
let alive: RawDevice;
beforeAll(async () => {
  world = await startTestServer();
  alive = await activateByHand(world);
  const opened = async (deviceClass: "service" | "private" = "service") => {
    const device = await activateByHand(world, { fields: { deviceClass } });
    return { device, token: await device.open() };
  };
  for (const [kind, code] of [
    ["lock", "device-locked"],
    ["wipe", "capsule-destroyed"],
  ] as const) {
    const one = await opened();
    const order = await signOrder(world.organisation, kind, {
      deviceId: one.device.test.deviceId,
      sequence: 1,
    });
    must(await world.calls.call(routes.postOrder, { body: { kind, order } }));
    over.set(code, one);
  }
  const own = await opened("private");
  const policy = await signPolicy(world.organisation, { version: 1, privateDevicesAllowed: false });
  must(await world.calls.call(routes.postPolicy, { body: policy }));
  over.set("private-not-allowed", own);
  const old = await opened();
  const letter = await enrolAgain(old.device.letter);
  await world.publish(letter.signedAttestation);
  await activateByHand(world, { letter });
  over.set("device-ended", old);
});
afterAll(() => world.close());

/** Shaped as the row asks, with nothing in it: whoever calls is judged before what is sent. */
const anything = (row: Route): RawRequest => ({
  params: { attachmentId: "0".repeat(32) },
  ...(row.body && { body: "bytes" in row.body ? new Uint8Array(1) : {} }),
});
const answerOf = async (row: Route, request: RawRequest): Promise<string> =>
  (await world.calls.call(row, { ...anything(row), ...request })).code;

test.for(ofAccess("device-proof", "device", "opened"))("%s knows nobody without a proof", async ([, row]) => {
  expect(await answerOf(row, {})).toBe("unauthorised");
});

test.for(ofAccess("device", "opened"))(
  "%s is closed to a device that was locked, wiped, ended or is not allowed any more, and says which",
  async ([, row]) => {
    for (const [code, { device, token }] of over)
      expect(await answerOf(row, { signer: device.test.device, token })).toBe(code);
  },
);

test.for(ofAccess("opened"))("%s needs the second step", async ([, row]) => {
  const token = await alive.prove();
  expect(await answerOf(row, { signer: alive.test.device, token })).toBe("not-opened");
});

test.for(rows)("%s declares what nothing else declares for it, once", (entry) => {
  const [, row] = entry;
  const byItself = errorsOf({ ...row, errors: [] });
  expect(row.errors.filter((code, at) => row.errors.indexOf(code) !== at)).toEqual([]);
  if (row.access !== "device-proof") expect(row.errors.filter((code) => byItself.includes(code))).toEqual([]);
  for (const code of errorsOf(row)) expect(errorTable[code].status, code).toBeGreaterThanOrEqual(400);
});

test("the OpenAPI document names every refusal of every route under its status", () => {
  const { paths } = openApiDocument("1") as {
    paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
  };
  for (const [name, row] of rows) {
    const operation = paths[row.path.replace(/:(\w+)/g, "{$1}")]?.[row.method.toLowerCase()];
    const said = Object.entries(operation?.responses ?? {})
      .filter(([status]) => status !== "200")
      .flatMap(([status, { description }]) => description.split(", ").map((code) => `${code} ${status}`));
    expect(said.sort(), name).toEqual(
      errorsOf(row)
        .map((code) => `${code} ${statusOf(code)}`)
        .sort(),
    );
  }
});
