/**
 * Signed in: an access token that is renewed before it ends. There are two: the session of a device that has proved its
 * key, and the one of a device that was opened as well; that one lives as long as it is renewed in time, and nothing but
 * the second step brings it back.
 */
import type { Claimed } from "@nimes/protocol/claimed";
import { within } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { DeviceId } from "@nimes/protocol/ids";
import { limits, protocolVersion } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { Misfit } from "../../nimes-client.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CallAnswer, CallInput, ServerCalls } from "./server-calls.ts";

export type Session = {
  call<R extends Route>(route: R, input: CallInput<R>): Promise<Result<CallAnswer<R>>>;
  /** A token that lives for a while yet. */
  token(): Promise<Result<string>>;
  /** A fresh one, ahead of time. */
  renew(): Promise<Result<string>>;
  /** Own clock, milliseconds: when the token at hand ends. */
  endsAt(): number;
  /** The token was not taken: the next one is fresh. */
  forgetToken(): void;
};

export type Token = { token: string; lifetimeMs: Claimed<number> };

/** A token that ends so soon is renewed first. */
const renewBeforeMs = 60_000;

/**
 * A server that says a second makes nobody renew all the time, and one that says a year makes nobody forget to: a token
 * that ends sooner than said is refused, and a fresh one is fetched then.
 */
const plausibleLifetimeMs = (claimed: Claimed<number>): number =>
  within({ least: limits.leastTokenLifetimeMs, most: limits.tokenLifetimeMs }, claimed);

type SessionNeeds = { calls: ServerCalls; clock: Clock; deviceKeys: CryptoKeyPair };

/** Step one. */
export function createDeviceSession(needs: SessionNeeds & { deviceId: DeviceId }): Session {
  const { calls, deviceKeys, deviceId } = needs;
  return createSession(needs, undefined, async () => {
    const body = { deviceId, version: protocolVersion };
    const signedIn = await calls.call(routes.postSignIn, { body }, { deviceKeys });
    // A server from before versions were told does not know the field.
    const unknown = !signedIn.ok && signedIn.code === "malformed" && signedIn.field === "/version";
    const older = signedIn.ok && signedIn.value.version < protocolVersion;
    return unknown || older ? refuse("server-too-old") : signedIn;
  });
}

/** Both steps. @param first the token that the second step gave. */
export function createOpenedSession(needs: SessionNeeds, first: Token): Session {
  const { calls, deviceKeys } = needs;
  return createSession(needs, first, async (token) => {
    const renewed = await calls.call(routes.postRenewal, {}, { deviceKeys, token: token ?? first.token });
    return !renewed.ok && renewed.code === "unauthorised" ? refuse("not-opened") : renewed;
  });
}

function createSession(
  { calls, clock, deviceKeys }: SessionNeeds,
  first: Token | undefined,
  fetchToken: (last: string | undefined) => Promise<Result<Token>>,
): Session {
  const keep = ({ token, lifetimeMs }: Token) => ({
    token,
    endsAt: clock.now() + plausibleLifetimeMs(lifetimeMs),
    fresh: true,
  });
  let current = first && keep(first);
  let fetching: Promise<Result<string>> | undefined;

  async function fetchOnce(): Promise<Result<string>> {
    const answer = await fetchToken(current?.token);
    if (!answer.ok) return answer;
    current = keep(answer.value);
    return ok(answer.value.token);
  }
  const renew = (): Promise<Result<string>> => {
    fetching ??= fetchOnce().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
  const token = (): Promise<Result<string>> =>
    current?.fresh && current.endsAt - clock.now() > renewBeforeMs
      ? Promise.resolve(ok(current.token))
      : renew();
  const forgetToken = (): void => {
    if (current) current = { ...current, fresh: false };
  };

  return {
    token,
    renew,
    endsAt: () => current?.endsAt ?? 0,
    forgetToken,
    async call<R extends Route>(route: R, input: CallInput<R>) {
      for (let attempt = 0; ; attempt += 1) {
        const signedIn = await token();
        if (!signedIn.ok) return signedIn;
        const answer = await calls.call(route, input, { deviceKeys, token: signedIn.value });
        // Ended early, by a restart of the server: a fresh one tells whether the device still belongs.
        if (attempt > 0 || answer.ok || answer.code !== "unauthorised") return answer;
        forgetToken();
      }
    },
  };
}

/** Refusals after which nothing more goes in this session. */
const finalCodes: readonly ErrorCode[] = [
  "device-ended",
  "not-opened",
  "device-locked",
  "private-not-allowed",
  "capsule-destroyed",
  "agreement-required",
  "app-too-old",
  "server-too-old",
];
/** @returns the code where app and server do not fit. */
export const misfitOf = (code: ErrorCode | undefined): Misfit | undefined =>
  code === "app-too-old" || code === "server-too-old" ? code : undefined;
export const endsSession = (code: ErrorCode): boolean => finalCodes.includes(code);
