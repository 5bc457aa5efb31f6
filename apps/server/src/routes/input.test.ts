/** What comes in is hostile until it has been parsed (TESTS: Server input). */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { enrolOfficer } from "@nimes/testing/organisation";
import { type Circle, openCircle } from "@nimes/testing/server/circle";
import { type RawDevice, rawCaller } from "@nimes/testing/server/raw-device";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle();
  anna = await circle.join();
});
afterAll(() => circle.close());

const malformed = (field: string) => ({ status: 400, code: "malformed", field });
const uuid = "00000000-0000-4000-8000-000000000000";

test("unknown fields, missing fields, wrong types and absurd lengths are refused, and the field is named (S1)", async () => {
  const claim = (body: unknown) => anna.call(routes.postKeyPackageClaim, { body });
  expect(await claim({ userIds: [uuid], extra: 1 })).toEqual(malformed("/extra"));
  expect(await claim({})).toEqual(malformed("/userIds"));
  expect(await claim({ userIds: uuid })).toEqual(malformed("/userIds"));
  expect(await claim({ userIds: [] })).toEqual(malformed("/userIds"));
  expect(await claim({ userIds: [uuid, 7] })).toEqual(malformed("/userIds/1"));
  expect(await claim({ userIds: [`${uuid}\n`] })).toEqual(malformed("/userIds/0"));
  expect(await claim({ userIds: Array(101).fill(uuid) })).toEqual(malformed("/userIds"));
  const upload = await anna.call(routes.postKeyPackages, { body: { keyPackages: [new Uint8Array(20_000)] } });
  expect(upload).toEqual(malformed("/keyPackages/0"));
  expect(await anna.call(routes.getDirectory, { query: { after: "-1" } })).toEqual(malformed("/after"));
  expect(await anna.call(routes.getDirectory, { query: { after: "0", more: "1" } })).toEqual(
    malformed("/more"),
  );
});

test("a key named __proto__ is refused and changes nothing (S1)", async () => {
  // {"__proto__": {"userIds": []}}
  const body = Buffer.from([0xa1, 0x69, ...Buffer.from("__proto__"), ...encodeCbor({ userIds: [] })]);
  const headers = { "content-type": cborMediaType };
  expect(await anna.call(routes.postKeyPackageClaim, { body: new Uint8Array(body), headers })).toEqual(
    malformed("/__proto__"),
  );
  expect(({} as { userIds?: unknown }).userIds).toBeUndefined();
});

test("bodies that are no CBOR, of another type, or too large are refused as such (S1)", async () => {
  const post = (body: Uint8Array<ArrayBuffer> | string, type: string) =>
    fetch(circle.server.url + routes.postAttestation.path, {
      method: "POST",
      headers: { "content-type": type },
      body,
    }).then((answer) => answer.status);
  expect(await post(Uint8Array.of(0xff, 1, 2), cborMediaType)).toBe(400);
  expect(await post("{}", "application/json")).toBe(400);
  expect(await post("a=b", "application/x-www-form-urlencoded")).toBe(400);
  expect(await post(new Uint8Array(3 * 1024 * 1024), cborMediaType)).toBe(413);
});

test("random bytes at every public route are answered, never with a fault (S1)", {
  timeout: 60_000,
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

test("characters of SQL in every text that a device can send are inert (S6)", async () => {
  const sql = "'; DROP TABLE users; --";
  const letter = await enrolOfficer(circle.organisation, { displayName: sql, function: sql });
  expect(await anna.caller.call(routes.postAttestation, { body: letter.signedAttestation })).toMatchObject({
    status: 200,
  });
  expect(await anna.call(routes.postKeyPackageClaim, { body: { userIds: [sql] } })).toMatchObject({
    status: 400,
  });
  expect(
    await anna.caller.call(routes.postSignIn, { body: { deviceId: sql }, signer: anna.test.device }),
  ).toEqual(malformed("/deviceId"));
  for (const attachmentId of [sql, "../server.key", "%2e%2e%2fserver.key", "a".repeat(31), "A".repeat(32)])
    expect(await anna.call(routes.getAttachmentState, { params: { attachmentId } })).toEqual(
      malformed("/attachmentId"),
    );
  const answer = await anna.call(routes.getDirectory, { query: { after: "0" } });
  if (!("value" in answer)) throw new Error("the directory does not answer");
  expect(answer.value.entries.map(({ userId }) => userId)).toContain(letter.userId);
});

test("a page of another origin is refused, also where it only reads (S4)", async () => {
  const at = (path: string, origin: string) => fetch(circle.server.url + path, { headers: { origin } });
  const foreign = await at(routes.getOrganisation.path, "https://evil.example.org");
  expect(foreign.status).toBe(403);
  expect((await at(routes.getOrganisation.path, "null")).status).toBe(403);
  expect((await at(routes.getOrganisation.path, circle.server.url)).status).toBe(200);
});

test("every answer forbids what a page could do with it", async () => {
  for (const path of ["/healthz", routes.getOrganisation.path, "/nowhere", "/"]) {
    const { headers } = await fetch(circle.server.url + path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|http:/);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-powered-by")).toBeNull();
  }
});

test("a device that floods is limited, others are not (S7)", { timeout: 60_000 }, async () => {
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

test("the OpenAPI document names every route with its shapes and refusals", async () => {
  const answer = await fetch(`${circle.server.url}/v1/openapi.json`);
  const document = (await answer.json()) as {
    openapi: string;
    paths: Record<string, Record<string, object>>;
  };
  expect(document.openapi).toBe("3.1.0");
  for (const route of Object.values(routes) as Route[]) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    expect(document.paths[path]?.[route.method.toLowerCase()]).toMatchObject({ summary: route.summary });
  }
});

test("what does not exist answers as the protocol does", async () => {
  const nowhere = { ...routes.getOrganisation, path: "/v1/nowhere" };
  expect(await rawCaller(circle.server.url).call(nowhere, {})).toEqual({ status: 404, code: "not-found" });
});
