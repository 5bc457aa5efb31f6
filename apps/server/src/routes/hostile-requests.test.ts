/** What a stranger or a broken device may send over HTTP: 400 with the field named, and nothing of it counts. */
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { enrolOfficer } from "@nimes/testing/organisation";
import type { Circle } from "@nimes/testing/server/circle";
import { openCircle } from "@nimes/testing/server/circle";
import { must, rawCalls } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle();
  anna = await circle.join();
});
afterAll(() => circle.close());

const id = (length: number): string => "a".repeat(length);
const userId = "00000000-0000-4000-8000-000000000000";
const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe("bodies (S1)", () => {
  const signed = { payload: bytes(10), signatures: [{ key: bytes(32), signature: bytes(64) }] };
  const lookup = { activationKey: bytes(32), nonce: "n", signature: bytes(64) };
  const upload = { roomId: id(64), attachmentId: id(32), size: 10 };
  const hostile: [what: string, route: Route, body: unknown, field: string][] = [
    ["an unknown field", routes.postSignIn, { deviceId: id(32), version: 2, admin: true }, "/admin"],
    ["a missing field", routes.postSignIn, {}, "/deviceId"],
    ["a number for text", routes.postSignIn, { deviceId: 7, version: 2 }, "/deviceId"],
    ["an absurd length", routes.postSignIn, { deviceId: id(1_000_000), version: 2 }, "/deviceId"],
    [
      "SQL (S6)",
      routes.postSignIn,
      { deviceId: "' OR 1=1; DROP TABLE devices; --", version: 2 },
      "/deviceId",
    ],
    ["nothing", routes.postSignIn, null, "/"],
    ["a list", routes.postSignIn, [1, 2], "/"],
    ["a short key", routes.postActivationLookup, { ...lookup, activationKey: bytes(31) }, "/activationKey"],
    ["a long nonce", routes.postActivationLookup, { ...lookup, nonce: id(201) }, "/nonce"],
    ["an officer beside the key", routes.postActivationLookup, { ...lookup, userId }, "/userId"],
    ["no signature", routes.postManifest, { ...signed, signatures: [] }, "/signatures"],
    [
      "five signatures",
      routes.postManifest,
      { ...signed, signatures: Array(5).fill(signed.signatures[0]) },
      "/signatures",
    ],
    ["an empty payload", routes.postAttestation, { ...signed, payload: bytes(0) }, "/payload"],
    ["a payload over the limit", routes.postAttestation, { ...signed, payload: bytes(300_000) }, "/payload"],
    [
      "text for bytes",
      routes.postActivation,
      { genesis: { ...signed, payload: "text" }, registrationId: "0".repeat(64), pinRecord: "AAAA" },
      "/genesis/payload",
    ],
    ["a fraction", routes.postAttachment, { ...upload, size: 1.5 }, "/size"],
    ["a negative size", routes.postAttachment, { ...upload, size: -1 }, "/size"],
    ["a size over the limit", routes.postAttachment, { ...upload, size: 2 ** 40 }, "/size"],
    [
      "a path as an id",
      routes.postAttachment,
      { ...upload, attachmentId: "../../nimes.sqlite" },
      "/attachmentId",
    ],
    ["no key packages", routes.postKeyPackages, { keyPackages: [] }, "/keyPackages"],
    ["101 key packages", routes.postKeyPackages, { keyPackages: Array(101).fill(bytes(1)) }, "/keyPackages"],
    ["a long key package", routes.postKeyPackages, { keyPackages: [bytes(20_000)] }, "/keyPackages/0"],
    ["101 users", routes.postKeyPackageClaim, { userIds: Array(101).fill(userId) }, "/userIds"],
    [
      "an upper-case id",
      routes.postKeyPackageClaim,
      { userIds: [userId.toUpperCase().replace("4", "A")] },
      "/userIds/0",
    ],
  ];
  test.for(hostile)("%s is malformed, and the field is named", async ([, route, body, field]) => {
    const answer = await anna.call(route, { body });
    expect(answer).toMatchObject({ status: 400, code: "malformed", field });
  });

  const raw = (body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(circle.server.url + routes.postActivation.path, {
      method: "POST",
      headers: { "content-type": cborMediaType, ...headers },
      body: Uint8Array.from(body),
    });

  test("`__proto__` is refused and reaches nothing", async () => {
    // {"genesis": {"__proto__": {"polluted": true}}}, by hand: an object of ours cannot hold it.
    const key = (text: string): number[] => [0x60 + text.length, ...Buffer.from(text)];
    const polluted = Uint8Array.of(
      0xa1,
      ...key("genesis"),
      0xa1,
      ...key("__proto__"),
      0xa1,
      ...key("polluted"),
      0xf5,
    );
    const answer = await raw(polluted);
    expect(answer.status).toBe(400);
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toContain("malformed");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("bytes that are no CBOR, half an item, tags, endless lengths and deep nesting are malformed", async () => {
    const nested = new Uint8Array(100_000).fill(0x81);
    const claims4GiB = Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff);
    const tagged = Uint8Array.of(0xc1, 0x00);
    const endless = Uint8Array.of(0x5f);
    for (const body of [Uint8Array.of(0xff), bytes(0), nested, claims4GiB, tagged, endless])
      expect((await raw(body)).status).toBe(400);
  });

  test("JSON, forms and bodies without a type are malformed, a body over the limit is too large", async () => {
    expect((await raw(Buffer.from("{}"), { "content-type": "application/json" })).status).toBe(400);
    expect(
      (await raw(Buffer.from("a=b"), { "content-type": "application/x-www-form-urlencoded" })).status,
    ).toBe(400);
    const tooLarge = await raw(bytes(5 * 1024 * 1024));
    expect(tooLarge.status).toBe(413);
  });
});

describe("paths and queries", () => {
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(circle.server.url + path, { redirect: "manual", ...init });

  test("unknown and repeated query fields, signs and huge numbers are malformed (S1)", async () => {
    for (const after of ["-1", "1e3", "", " 1", "9".repeat(16), "0x10", "1' OR '1'='1"])
      expect(await anna.call(routes.getDirectory, { query: { after } })).toMatchObject({
        status: 400,
        code: "malformed",
        field: "/after",
      });
    expect(await anna.call(routes.getDirectory, { query: { after: "0", limit: "9" } })).toMatchObject({
      status: 400,
      field: "/limit",
    });
    expect(await anna.call(routes.getDirectory)).toMatchObject({ status: 400, field: "/after" });
  });

  test("no path leads out of the attachments (B6)", async () => {
    for (const attachmentId of [
      "...",
      "../server.key",
      "..%2fserver.key",
      "%2e%2e%2fnimes.sqlite",
      id(31),
      id(33),
    ]) {
      const answer = await anna.call(routes.getAttachment, {
        params: { attachmentId },
        query: { offset: "0" },
      });
      expect(answer).toMatchObject({ status: 400, code: "malformed", field: "/attachmentId" });
    }
    for (const path of [
      "/v1/attachments/../../server.key",
      "/..%2f..%2fetc/passwd",
      "/%2e%2e/server.key",
      "//etc/passwd",
    ])
      expect((await get(path)).status).toBeGreaterThanOrEqual(400);
  });

  test("what is not there is not found, with the same headers as everything", async () => {
    for (const path of ["/v1", "/v1/users", "/admin", "/metrics", "/.git/config", "/v1/attachments"])
      expect((await get(path)).status, path).toBe(404);
    expect((await get("/v1/nonce", { method: "PATCH" })).status).toBe(404);
  });

  test("a cross-origin request is refused with its reason, the own origin is taken (S4)", async () => {
    for (const origin of [
      "https://evil.example",
      "null",
      `${circle.server.url}.evil.example`,
      "http://localhost",
    ]) {
      const answer = await get(routes.getNonce.path, { headers: { origin } });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("content-type")).toContain(cborMediaType);
      expect(Buffer.from(await answer.arrayBuffer()).toString()).toContain("wrong-origin");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect((await get(routes.getNonce.path, { headers: { origin: circle.server.url } })).status).toBe(200);
  });

  test("every answer carries the security headers, errors and refusals, too", async () => {
    const answers = [
      await get("/healthz"),
      await get("/readyz"),
      await get("/v1/openapi.json"),
      await get(routes.getNonce.path),
      await get("/missing"),
      await get("/%zz"),
      await get(routes.getNonce.path, { headers: { origin: "https://evil.example" } }),
      await get(routes.getDirectory.path),
      await get(routes.postSignIn.path, { method: "POST", body: "{}" }),
    ];
    for (const { headers, url } of answers) {
      expect(headers.get("content-security-policy"), url).toContain("default-src 'none'");
      expect(headers.get("content-security-policy"), url).toContain("require-trusted-types-for 'script'");
      expect(headers.get("cross-origin-opener-policy"), url).toBe("same-origin");
      expect(headers.get("cross-origin-embedder-policy"), url).toBe("require-corp");
      expect(headers.get("cross-origin-resource-policy"), url).toBe("same-origin");
      expect(headers.get("referrer-policy"), url).toBe("no-referrer");
      expect(headers.get("x-content-type-options"), url).toBe("nosniff");
      expect(headers.get("cache-control"), url).toBe("no-store");
    }
  });
});

test("SQL characters in every text field are inert: they are kept and given back as they are (S6)", async () => {
  const hostile = `'"; DROP TABLE users; -- %_\\ \u0000`;
  const letter = await enrolOfficer(circle.organisation, {
    displayName: hostile,
    function: `Robert'); DELETE FROM devices; --`,
  });
  const { sequence } = must(
    await rawCalls(circle.server.url).call(routes.postAttestation, { body: letter.signedAttestation }),
  );
  const page = must(await anna.call(routes.getDirectory, { query: { after: String(sequence - 1) } }));
  expect(page.entries[0]?.attestation.payload).toEqual(letter.signedAttestation.payload);
  expect(page.head).toBe(sequence);
  expect(page.entries[0]?.userId).toBe(letter.userId);
  await anna.open();
});

test("the OpenAPI document covers every route, its parameters and its refusals", async () => {
  const answer = await fetch(`${circle.server.url}/v1/openapi.json`);
  type Operation = {
    summary: string;
    parameters: { name: string; in: string }[];
    responses: Record<string, { description: string }>;
  };
  const document = (await answer.json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  expect(document.openapi).toMatch(/^3\.1/);
  for (const route of Object.values(routes) as Route[]) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    const operation = document.paths[path]?.[route.method.toLowerCase()];
    expect(operation?.summary, route.path).toBe(route.summary);
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const named = operation?.parameters
      .filter((parameter) => parameter.in === "path")
      .map(({ name }) => name);
    expect(named).toEqual(inPath);
    const described = Object.values(operation?.responses ?? {}).map(({ description }) => description);
    for (const code of [...route.errors, "too-many", "wrong-origin"])
      expect(described.join(", "), `${route.path} ${code}`).toContain(code);
  }
  const known = Object.values(routes).length;
  const listed = Object.values(document.paths).flatMap((path) => Object.keys(path)).length;
  expect(listed).toBe(known);
});
