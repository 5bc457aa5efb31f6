import { encodeCbor } from "@nimes/protocol/cbor";
import { claimOf } from "@nimes/protocol/claimed";
import type { DeviceId } from "@nimes/protocol/ids";
import { limits, protocolVersion } from "@nimes/protocol/limits";
import { nonceHeader } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { afterEach, expect, test, vi } from "vitest";
import type { HttpRequest } from "../../ports/http.ts";
import { createServerCalls } from "./server-calls.ts";
import type { Token } from "./session.ts";
import { createDeviceSession, createOpenedSession, endsSession } from "./session.ts";

afterEach(() => {
  vi.useRealTimers();
});

type Answer = { status: number; body?: unknown; nonce?: string };

/** A server that answers as told, with every request it saw, and what a session there needs. */
async function serverThat(answer: (request: HttpRequest, count: number) => Answer) {
  const requests: HttpRequest[] = [];
  const clock = createManualClock();
  const calls = createServerCalls({
    serverUrl: "https://nimes.test",
    http: {
      async send(request) {
        const { status, body = {}, nonce } = answer(request, requests.length);
        requests.push(request);
        return {
          ok: true,
          value: {
            status,
            header: (name) => (name === nonceHeader ? (nonce ?? null) : null),
            body: Uint8Array.from(encodeCbor(body)),
          },
        };
      },
    },
  });
  const deviceKeys = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  return { needs: { calls, clock, deviceKeys }, requests, clock };
}

/** A device that has proved its key. */
async function sessionOn(answer: (request: HttpRequest, count: number) => Answer) {
  const { needs, ...server } = await serverThat(answer);
  const deviceId = "d".repeat(32) as DeviceId;
  return { session: createDeviceSession({ ...needs, deviceId }), ...server };
}
const firstToken: Token = { token: "t1", lifetimeMs: claimOf(600_000) };
/** A device that was opened. */
async function openedOn(answer: (request: HttpRequest, count: number) => Answer) {
  const { needs, ...server } = await serverThat(answer);
  return { session: createOpenedSession(needs, firstToken), ...server };
}
const isSignIn = ({ url }: HttpRequest) => url.endsWith(routes.postSignIn.path);
const isNonce = ({ url }: HttpRequest) => url.endsWith(routes.getNonce.path);
const renewal = (name: string): Answer => ({ status: 200, body: { token: name, lifetimeMs: 600_000 } });
const versions = { version: protocolVersion, oldestVersion: protocolVersion };
const token = (name: string, spoken: object = versions): Answer => ({
  status: 200,
  body: { token: name, lifetimeMs: 600_000, ...spoken },
});
const directory: Answer = { status: 200, body: { entries: [], head: 0 } };
const askDirectory = { query: { after: "0" } };

test("a proof names method, address with its query, body, token and the server's nonce", async () => {
  const { session, requests } = await sessionOn((request) =>
    isNonce(request) ? { status: 200, nonce: "n1" } : isSignIn(request) ? token("t1") : directory,
  );
  await session.call(routes.getDirectory, askDirectory);
  const last = requests.at(-1);
  const proof = last?.headers.dpop ?? "";
  expect(decodeProtectedHeader(proof)).toMatchObject({ typ: "dpop+jwt", alg: "Ed25519" });
  expect(decodeJwt(proof)).toMatchObject({
    htm: "GET",
    htu: "https://nimes.test/v1/directory?after=0",
    nonce: "n1",
    bh: expect.any(String),
    ath: expect.any(String),
  });
  expect(last?.headers.authorization).toBe("DPoP t1");
});

test("a nonce that has run out is replaced by the one that the refusal brought (A6)", async () => {
  const { session, requests } = await sessionOn((request, count) => {
    if (isNonce(request)) return { status: 200, nonce: "old" };
    if (count === 1) return { status: 401, body: { code: "nonce-required" }, nonce: "new" };
    return isSignIn(request) ? token("t1") : directory;
  });
  expect((await session.call(routes.getDirectory, askDirectory)).ok).toBe(true);
  const nonces = requests.flatMap(({ headers }) => (headers.dpop ? [decodeJwt(headers.dpop).nonce] : []));
  expect(nonces).toEqual(["old", "new", "new"]);
});

test.for([-86_400_000, -600_000, 600_000, 86_400_000])(
  "a proof of a device whose clock is %d ms off is good all the same: only the nonce says how old it is (A6, F12)",
  async (offsetMs) => {
    const { session, requests } = await sessionOn((request) =>
      isNonce(request) ? { status: 200, nonce: "n1" } : isSignIn(request) ? token("t1") : directory,
    );
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + offsetMs });
    expect((await session.call(routes.getDirectory, askDirectory)).ok).toBe(true);
    vi.useRealTimers();
    // Verified by the right clock, with every claim of time that a proof may carry.
    const { payload } = await jwtVerify(requests.at(-1)?.headers.dpop ?? "", EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["Ed25519"],
    });
    expect(payload.nonce).toBe("n1");
    expect(payload.iat).toBe(Math.floor((now + offsetMs) / 1000));
  },
);

test("no two proofs are the same (A4)", async () => {
  const { session, requests } = await sessionOn((request) =>
    isNonce(request) ? { status: 200, nonce: "n" } : isSignIn(request) ? token("t") : directory,
  );
  await session.call(routes.getDirectory, askDirectory);
  await session.call(routes.getDirectory, askDirectory);
  const ids = requests.flatMap(({ headers }) => (headers.dpop ? [decodeJwt(headers.dpop).jti] : []));
  expect(new Set(ids).size).toBe(ids.length);
});

test.each<[string, Answer]>([
  ["speaks an older version", token("t1", { version: protocolVersion - 1, oldestVersion: 1 })],
  ["knows of no versions", { status: 400, body: { code: "malformed", field: "/version" } }],
])("a server that %s is called too old, and gets nothing more", async (_name, answer) => {
  const { session, requests } = await sessionOn((request) =>
    isNonce(request) ? { status: 200, nonce: "n1" } : answer,
  );
  expect(await session.call(routes.getDirectory, askDirectory)).toEqual({
    ok: false,
    code: "server-too-old",
  });
  expect(requests.filter((request) => !isNonce(request) && !isSignIn(request))).toEqual([]);
});

test("a token is used until shortly before its end, whatever the clock says", async () => {
  let tokens = 0;
  const { session, clock } = await sessionOn((request) => {
    if (isNonce(request)) return { status: 200, nonce: "n" };
    if (!isSignIn(request)) return directory;
    tokens += 1;
    return token(`t${tokens}`);
  });
  await Promise.all([session.token(), session.token()]);
  clock.advance(500_000);
  await session.token();
  expect(tokens).toBe(1);
  clock.advance(50_000);
  expect(await session.token()).toEqual({ ok: true, value: "t2" });
});

test.for([0, 1, Number.MAX_SAFE_INTEGER])(
  "a server that says that a token lives %d ms has it renewed neither all the time nor never",
  async (lifetimeMs) => {
    let tokens = 0;
    const { session, clock } = await sessionOn((request) => {
      if (isNonce(request)) return { status: 200, nonce: "n" };
      tokens += 1;
      return token(`t${tokens}`, { ...versions, lifetimeMs });
    });
    for (let second = 0; second < 180; second += 1) {
      await session.token();
      clock.advance(1_000);
    }
    expect(tokens).toBe(1);
    expect(session.endsAt() - clock.now()).toBeGreaterThan(0);
    clock.advance(limits.tokenLifetimeMs);
    await session.token();
    expect(tokens).toBe(2);
  },
);

test("a token that no header can carry is none, and harms nobody", async () => {
  const { session } = await sessionOn((request) =>
    isNonce(request) ? { status: 200, nonce: "n" } : token("a\r\nb: c"),
  );
  expect(await session.token()).toEqual({ ok: false, code: "unavailable" });
});

test("a token that the server does not take any more is replaced once, not for ever", async () => {
  let tokens = 0;
  const { session, requests } = await sessionOn((request) => {
    if (isNonce(request)) return { status: 200, nonce: "n" };
    if (!isSignIn(request)) return { status: 401, body: { code: "unauthorised" } };
    tokens += 1;
    return token(`t${tokens}`);
  });
  expect(await session.call(routes.getDirectory, askDirectory)).toEqual({ ok: false, code: "unauthorised" });
  expect(requests.filter(isSignIn)).toHaveLength(2);
});

test("an answer that is not the server's, such as a guest network's page, is a passing fault", async () => {
  const { session } = await sessionOn((request) =>
    isNonce(request)
      ? { status: 200, nonce: "n" }
      : isSignIn(request)
        ? token("t")
        : { status: 502, body: "proxy" },
  );
  expect(await session.call(routes.getDirectory, askDirectory)).toEqual({ ok: false, code: "unavailable" });
  const odd = await sessionOn((request) =>
    isNonce(request)
      ? { status: 200, nonce: "n" }
      : isSignIn(request)
        ? token("t")
        : { status: 200, body: { head: -1 } },
  );
  expect(await odd.session.call(routes.getDirectory, askDirectory)).toEqual({
    ok: false,
    code: "unavailable",
  });
});

const isRenewal = ({ url }: HttpRequest) => url.endsWith(routes.postRenewal.path);
const tokensOf = (requests: readonly HttpRequest[]) =>
  requests.flatMap(({ headers }) => (headers.authorization ? [headers.authorization] : []));

test("an opened device renews by the token at hand, before it ends, and never by step one alone", async () => {
  let renewed = 1;
  const { session, requests, clock } = await openedOn((request) => {
    if (isNonce(request)) return { status: 200, nonce: "n" };
    if (!isRenewal(request)) return directory;
    renewed += 1;
    return renewal(`t${renewed}`);
  });
  await session.call(routes.getDirectory, askDirectory);
  clock.advance(550_000);
  await Promise.all([session.token(), session.token()]);
  clock.advance(550_000);
  await session.call(routes.getDirectory, askDirectory);
  expect(requests.filter(isSignIn)).toEqual([]);
  expect(tokensOf(requests)).toEqual(["DPoP t1", "DPoP t1", "DPoP t2", "DPoP t3"]);
});

test("an opened device whose token is not taken any more is told that the second step is due", async () => {
  const { session, requests } = await openedOn((request) =>
    isNonce(request) ? { status: 200, nonce: "n" } : { status: 401, body: { code: "unauthorised" } },
  );
  expect(await session.call(routes.getDirectory, askDirectory)).toEqual({ ok: false, code: "not-opened" });
  expect(requests.filter(isSignIn)).toEqual([]);
  expect(endsSession("not-opened")).toBe(true);
});

test("a renewal that a bad radio loses is tried again with the same token", async () => {
  const { session, requests, clock } = await openedOn((request, count) => {
    if (isNonce(request)) return { status: 200, nonce: "n" };
    if (!isRenewal(request)) return directory;
    return count < 2 ? { status: 503, body: "proxy" } : renewal("t2");
  });
  clock.advance(550_000);
  expect(await session.token()).toEqual({ ok: false, code: "unavailable" });
  expect(await session.token()).toEqual({ ok: true, value: "t2" });
  expect(tokensOf(requests)).toEqual(["DPoP t1", "DPoP t1"]);
});
