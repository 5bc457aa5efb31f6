import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { enrolOfficer } from "@nimes/testing/organisation";
import { type Circle, openCircle } from "@nimes/testing/server/circle";
import { rawCalls } from "@nimes/testing/server/raw-calls";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

let circle: Circle;
beforeAll(async () => {
  circle = await openCircle();
});
afterAll(() => circle.close());

test("random bytes at every public route are answered, never with a fault (S1)", {
  timeout: 600_000,
}, async () => {
  const open = (Object.values(routes) as Route[]).filter(({ access, body }) => access === "public" && body);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...open), fc.uint8Array({ maxLength: 200 }), async (route, body) => {
      const answer = await fetch(circle.server.url + route.path, {
        method: route.method,
        headers: { "content-type": cborMediaType },
        body: Uint8Array.from(body),
      });
      expect(answer.status).toBe(400);
    }),
    { numRuns: 300 },
  );
});

test("a device that floods is limited, others are not (S7)", { timeout: 600_000 }, async () => {
  const [flooding, other] = [await circle.join(), await circle.join()];
  let limited = false;
  for (let round = 0; round < 30 && !limited; round += 1) {
    const calls = Array.from({ length: 50 }, () =>
      flooding.call(routes.getDirectory, { query: { after: "9" } }),
    );
    limited = (await Promise.all(calls)).some((answer) => answer.status === 429);
  }
  expect(limited).toBe(true);
  expect(await other.call(routes.getDirectory, { query: { after: "9" } })).toMatchObject({ status: 200 });
});

test("refusals of one address are limited, what succeeds costs nothing (S7)", {
  timeout: 600_000,
}, async () => {
  const other = await openCircle();
  const caller = rawCalls(other.server.url);
  const letter = await enrolOfficer(other.organisation);
  const good = { body: letter.signedAttestation };
  const bad = { body: { ...letter.signedAttestation, payload: Uint8Array.of(1) } };
  const statuses = async (request: { body: unknown }, count: number) => {
    const answers = Array.from({ length: count }, () => caller.call(routes.postAttestation, request));
    return new Set((await Promise.all(answers)).map(({ status }) => status));
  };
  for (let round = 0; round < 35; round += 1) expect(await statuses(good, 100)).toEqual(new Set([200]));
  let limited = false;
  for (let round = 0; round < 60 && !limited; round += 1) limited = (await statuses(bad, 100)).has(429);
  expect(limited).toBe(true);
  await other.close();
});
