import { limits } from "@nimes/protocol/limits";
import { expect, test } from "vitest";
import { createNonces, createReplayCache } from "./nonces.ts";

const key = new Uint8Array(32).fill(7);

test("a nonce is fresh for one to two lifetimes, and only the own ones are", () => {
  let now = 10 * limits.nonceLifetimeMs;
  const nonces = createNonces(key, () => now);
  const nonce = nonces.current();
  expect(nonces.isFresh(nonce)).toBe(true);
  now += 2 * limits.nonceLifetimeMs - 1;
  expect(nonces.isFresh(nonce)).toBe(true);
  now += 1;
  expect(nonces.isFresh(nonce)).toBe(false);
  const others = createNonces(new Uint8Array(32), () => now);
  for (const foreign of [others.current(), "", "x", "x".repeat(10_000)])
    expect(nonces.isFresh(foreign)).toBe(false);
});

test("a proof counts once for as long as its nonce can be fresh (A4)", () => {
  const start = 1_000 * limits.nonceLifetimeMs;
  for (let offset = 0; offset < 4 * limits.nonceLifetimeMs; offset += limits.nonceLifetimeMs / 3) {
    let now = start + offset;
    const replays = createReplayCache(() => now);
    expect(replays.isNew("proof")).toBe(true);
    for (let later = 0; later < 2 * limits.nonceLifetimeMs; later += limits.nonceLifetimeMs / 7) {
      now = start + offset + later;
      expect(replays.isNew("proof"), `${offset} ${later}`).toBe(false);
    }
  }
});

test("a clock that is set back brings no proof back (A4)", () => {
  let now = 1_000 * limits.nonceLifetimeMs;
  const replays = createReplayCache(() => now);
  expect(replays.isNew("proof")).toBe(true);
  now -= 3 * limits.nonceLifetimeMs;
  expect(replays.isNew("proof")).toBe(false);
  now += 3 * limits.nonceLifetimeMs;
  expect(replays.isNew("proof")).toBe(false);
});

test("used proofs are forgotten in the end: memory does not grow for ever", () => {
  let now = 0;
  const replays = createReplayCache(() => now);
  replays.isNew("proof");
  now += 6 * limits.nonceLifetimeMs;
  expect(replays.isNew("proof")).toBe(true);
});
