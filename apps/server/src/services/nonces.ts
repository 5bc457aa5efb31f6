/**
 * The server's nonces (RFC 9449, section 8): an HMAC over the running time window, so none has to be stored. One lives
 * for one to two windows; that a proof is used once is the business of {@link createReplayCache}.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { limits } from "@nimes/protocol/limits";

export type Nonces = { current(): string; isFresh(nonce: string): boolean };

export function createNonces(key: Uint8Array, now: () => number): Nonces {
  const windowOf = (time: number): number => Math.floor(time / limits.nonceLifetimeMs);
  const make = (window: number): string =>
    createHmac("sha256", key).update(`NIMes/nonce/v1|${window}`).digest("base64url");
  return {
    current: () => make(windowOf(now())),
    isFresh(nonce) {
      const given = Buffer.from(nonce);
      const window = windowOf(now());
      return [window, window - 1].some((candidate) => {
        const expected = Buffer.from(make(candidate));
        return expected.byteLength === given.byteLength && timingSafeEqual(expected, given);
      });
    },
  };
}

export type ReplayCache = { isNew(id: string): boolean };

/** Remembers ids as long as a nonce can be fresh: two windows. */
export function createReplayCache(now: () => number): ReplayCache {
  let window = 0;
  let current = new Set<string>();
  let previous = new Set<string>();
  return {
    isNew(id) {
      const running = Math.floor(now() / (2 * limits.nonceLifetimeMs));
      // A clock that was set back forgets nothing.
      if (running > window) {
        previous = running === window + 1 ? current : new Set();
        current = new Set();
        window = running;
      }
      if (current.has(id) || previous.has(id)) return false;
      current.add(id);
      return true;
    },
  };
}
