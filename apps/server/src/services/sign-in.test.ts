/** Tokens apart from the web: whose they are, when they end, and what a failing store does to them. */
import { limits } from "@nimes/protocol/limits";
import { enrolled } from "@nimes/testing/stores/store-people";
import { decodeJwt, SignJWT } from "jose";
import { beforeEach, expect, test } from "vitest";
import { memoryStores } from "../memory/memory-stores.ts";
import type { NewDevice } from "../ports/directory-store.ts";
import type { Stores } from "../ports/stores.ts";
import { createSignIn, type SignIn } from "./sign-in.ts";

const key = new Uint8Array(32).fill(9);
const unauthorised = { ok: false, code: "unauthorised" };
let now = 1_000_000_000_000;
let stores: Stores;
let anna: NewDevice;
let signIn: SignIn;
let token: string;
beforeEach(async () => {
  stores = memoryStores();
  anna = await enrolled(stores);
  signIn = createSignIn({ stores, key, now: () => now });
  token = await issue();
});

async function issue(): Promise<string> {
  const issued = await signIn.issue(anna.deviceId, {
    deviceKey: anna.deviceKey,
    thumbprint: "t",
    proofId: "p",
    origin: "http://localhost",
  });
  if (!issued.ok) throw new Error(issued.code);
  return issued.value.token;
}
const forged = (claims: Record<string, unknown>, secret = key, alg = "HS256"): Promise<string> =>
  new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader({ alg }).sign(secret);

test("a token says whose it is and ends after ten minutes", async () => {
  const { deviceId, clientId, userId } = anna;
  const endsAt = now + limits.tokenLifetimeMs;
  expect(await signIn.check(token)).toMatchObject({
    value: { device: { deviceId, clientId, userId, level: "device", thumbprint: "t" }, endsAt },
  });
  now += limits.tokenLifetimeMs - 1_000;
  expect((await signIn.check(token)).ok).toBe(true);
  now += 2_000;
  expect(await signIn.check(token)).toEqual(unauthorised);
});

test("a token that was changed, made with another key, or by no key at all is refused (A3)", async () => {
  const [head, body] = token.split(".");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  const wrong = [
    await forged({}, new Uint8Array(32)),
    await forged({}, new Uint8Array(64).fill(9), "HS512"),
    await forged({ sub: "0".repeat(32) }),
    await forged({ exp: undefined }),
    `${head}.${body}.`,
    `${none}.${body}.`,
    "",
    "a.b.c",
  ];
  for (const one of wrong) expect(await signIn.check(one)).toEqual(unauthorised);
});

test("signing out ends what was given before, whatever the clock does; a new sign-in works at once (A8)", async () => {
  await signIn.signOut(anna.deviceId);
  expect(await signIn.check(token)).toEqual(unauthorised);
  const again = await issue();
  expect((await signIn.check(again)).ok).toBe(true);
  now -= 3_600_000;
  expect((await signIn.check(await issue())).ok).toBe(true);
  now += 3_600_000;
  expect(await signIn.check(token)).toEqual(unauthorised);
});

test("a store that fails is no reason to tell a device that it is not signed in", async () => {
  const failing = createSignIn({
    stores: {
      ...stores,
      directory: { ...stores.directory, device: () => Promise.reject(new Error("disk")) },
    },
    key,
    now: () => now,
  });
  await expect(failing.check(token)).rejects.toThrow("disk");
});
