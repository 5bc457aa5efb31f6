import { encodeCbor } from "@nimes/protocol/cbor";
import { protocolVersion } from "@nimes/protocol/limits";
import { tokenHashOf } from "@nimes/protocol/routes/dpop";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { newSigner } from "@nimes/testing/organisation";
import { activateByHand, issueLetter } from "@nimes/testing/server/circle";
import { must, rawCalls } from "@nimes/testing/server/raw-calls";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { letterProof } from "@nimes/testing/server/raw-pin";
import type { TestServer } from "@nimes/testing/server/test-server";
import { startTestServer } from "@nimes/testing/server/test-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let world: TestServer;
let officer: RawDevice;
let other: RawDevice;
beforeAll(async () => {
  world = await startTestServer({ settings: { extraOrigins: ["http://anna.localhost:8080"] } });
  officer = await activateByHand(world);
  other = await activateByHand(world);
});
afterAll(() => world.close());

const userIds = { body: { userIds: ["00000000-0000-4000-8000-000000000000"] } };
/** One call at each level, with a body so that it can be changed. */
const levels = [
  {
    level: "device",
    route: routes.postPinLoginStart as Route,
    body: { attemptId: "0".repeat(32), request: "AAAA" },
    token: (who: RawDevice) => who.prove(),
    accepted: "malformed",
  },
  {
    level: "opened",
    route: routes.postKeyPackageClaim as Route,
    body: userIds.body,
    token: (who: RawDevice) => who.open(),
    accepted: "ok",
  },
] as const;

for (const { level, route, body, token: tokenOf, accepted } of levels) {
  test(`a ${level} token with a fresh proof of its device is accepted`, async () => {
    expect((await officer.call(route, { body, token: await tokenOf(officer) })).code).toBe(accepted);
  });
  test(`a ${level} token without proof, or with another device's, is refused (A3)`, async () => {
    const token = await tokenOf(officer);
    expect((await world.calls.call(route, { body, token })).code).toBe("unauthorised");
    const stolen = { body, token, signer: other.test.device };
    expect((await world.calls.call(route, stolen)).code).toBe("unauthorised");
    const wrongToken = { ath: tokenHashOf("another token") };
    expect((await officer.call(route, { body, token, claims: wrongToken })).code).toBe("unauthorised");
  });
  test(`a proof that went with a ${level} token once is refused the second time (A4)`, async () => {
    const token = await tokenOf(officer);
    const proof = await world.calls.proof(route, { body, token, signer: officer.test.device });
    expect((await officer.call(route, { body, token, proof })).code).toBe(accepted);
    expect((await officer.call(route, { body, token, proof })).code).toBe("unauthorised");
  });
  test(`a body changed under the proof of a ${level} token is refused (A5)`, async () => {
    const token = await tokenOf(officer);
    const provedBody = encodeCbor({ ...body, more: true });
    expect((await officer.call(route, { body, token, provedBody })).code).toBe("unauthorised");
    const elsewhere = { htu: `${world.url}/v1/sign-out` };
    expect((await officer.call(route, { body, token, claims: elsewhere })).code).toBe("unauthorised");
    const foreign = { htu: `https://example.org${route.path}` };
    expect((await officer.call(route, { body, token, claims: foreign })).code).toBe("unauthorised");
  });
  test(`a query changed, added or taken away under the proof of a ${level} token is refused (A5)`, async () => {
    const token = await tokenOf(officer);
    const of = level === "device" ? routes.getDeviceState : routes.getDirectory;
    const name = level === "device" ? "orderAfter" : "after";
    const proved = { signer: officer.test.device, token, query: { [name]: "7" } };
    const send = async (query: Record<string, string>) =>
      (await officer.call(of, { token, query, proof: await world.calls.proof(of, proved) })).code;
    expect(await send({ [name]: "0" })).toBe("unauthorised");
    expect(await send({ [name]: "7", more: "1" })).toBe("unauthorised");
    expect(await send({})).toBe("unauthorised");
    expect(await send({ [name]: "7" })).toBe("ok");
    const claims = { htu: world.url + of.path };
    expect((await officer.call(of, { token, query: { [name]: "7" }, claims })).code).toBe("unauthorised");
  });
  test(`a device whose clock is ten minutes off gets through with a ${level} token, with an old nonce it does not (A6)`, async () => {
    const token = await tokenOf(officer);
    for (const seconds of [-600, 600, 86_400]) {
      const claims = { iat: Math.floor(Date.now() / 1000) + seconds };
      expect((await officer.call(route, { body, token, claims })).code).toBe(accepted);
    }
    const nonce = await world.calls.nonce();
    world.clock.pass(11 * 60_000);
    const fresh = await tokenOf(officer);
    expect((await officer.call(route, { body, token: fresh, claims: { nonce } })).code).toBe(
      "nonce-required",
    );
  });
  test(`a ${level} token ends after ten minutes and with a sign-out, also across a restart (A8)`, async () => {
    const old = await tokenOf(officer);
    world.clock.pass(10 * 60_000 + 1000);
    expect((await officer.call(route, { body, token: old })).code).toBe("unauthorised");
    const token = await tokenOf(officer);
    must(await officer.call(routes.postSignOut, { token }));
    expect((await officer.call(route, { body, token })).code).toBe("unauthorised");
    await world.restart();
    expect((await officer.call(route, { body, token })).code).toBe("unauthorised");
    world.clock.pass(1000);
    expect((await officer.call(route, { body, token: await tokenOf(officer) })).code).toBe(accepted);
  });
}

test("a token of the first step opens no route of the second", async () => {
  const token = await officer.prove();
  for (const route of Object.values(routes) as Route[]) {
    if (route.access !== "opened") continue;
    const answer = await officer.call(route, { token, ...(route.body && { body: {} }) });
    expect([route.path, answer.code]).toEqual([route.path, "not-opened"]);
  }
});

test("a renewal gives a token of the second step while the old one lives, and never from one of the first", async () => {
  const token = must(await officer.call(routes.postRenewal, { token: await officer.open() })).token;
  must(await officer.call(routes.getDirectory, { query: { after: "0" }, token }));
  expect((await officer.call(routes.postRenewal, { token: await officer.prove() })).code).toBe("not-opened");
});

test("an unknown device and a wrong key look alike (A7)", async () => {
  const stranger = await newSigner();
  const known = { body: { deviceId: officer.test.deviceId, version: protocolVersion }, signer: stranger };
  const unknown = { body: { deviceId: "0".repeat(32), version: protocolVersion }, signer: stranger };
  expect((await world.calls.call(routes.postSignIn, known)).code).toBe("unauthorised");
  expect((await world.calls.call(routes.postSignIn, unknown)).code).toBe("unauthorised");
});

test("a letter that never was and a wrong signature look alike, also where a PIN is registered (A7)", async () => {
  const right = await letterProof(world.calls, await issueLetter(world));
  const unknown = await letterProof(world.calls, { activation: await newSigner() });
  const rest = { deviceId: "0".repeat(32), request: "AAAA" };
  const proofs = [
    unknown,
    { ...right, signature: new Uint8Array(64) },
    { ...right, signature: unknown.signature },
  ];
  for (const proof of proofs) {
    expect((await world.calls.call(routes.postActivationLookup, { body: proof })).code).toBe(
      "activation-unknown",
    );
    const body = { ...proof, ...rest };
    expect((await world.calls.call(routes.postActivationPin, { body })).code).toBe("activation-unknown");
  }
});

test("an unknown letter, a wrong signature and an unknown device take as long as known ones (A7)", async () => {
  const signature = new Uint8Array(64);
  const known = { ...(await letterProof(world.calls, await issueLetter(world))), signature };
  const unknown = { ...(await letterProof(world.calls, { activation: await newSigner() })), signature };
  const signer = await newSigner();
  const alike: [known: () => Promise<unknown>, other: () => Promise<unknown>][] = [
    [
      () => world.calls.call(routes.postActivationLookup, { body: known }),
      () => world.calls.call(routes.postActivationLookup, { body: unknown }),
    ],
    [
      () =>
        world.calls.call(routes.postSignIn, {
          body: { deviceId: officer.test.deviceId, version: protocolVersion },
          signer,
        }),
      () =>
        world.calls.call(routes.postSignIn, {
          body: { deviceId: "0".repeat(32), version: protocolVersion },
          signer,
        }),
    ],
  ];
  for (const pair of alike) {
    const took: [number[], number[]] = [[], []];
    // By turns, so that whatever else the machine does meets both alike.
    for (let round = 0; round < 40; round += 1)
      for (const which of [0, 1] as const) {
        const began = performance.now();
        await pair[which]();
        took[which].push(performance.now() - began);
      }
    const [known = 0, other = 0] = took.map((runs) => runs.sort((a, b) => a - b)[20]);
    expect(known / other).toBeGreaterThan(0.5);
    expect(known / other).toBeLessThan(2);
  }
});

test("a proof made under another own origin is taken, under a foreign one it is not", async () => {
  const signer = officer.test.device;
  const own = rawCalls(world.url, "http://anna.localhost:8080");
  must(
    await own.call(routes.postSignIn, {
      body: { deviceId: officer.test.deviceId, version: protocolVersion },
      signer,
    }),
  );
  const foreign = rawCalls(world.url, "http://evil.localhost:8080");
  const answer = await foreign.call(routes.postSignIn, {
    body: { deviceId: officer.test.deviceId, version: protocolVersion },
    signer,
  });
  expect(answer.code).toBe("unauthorised");
});
