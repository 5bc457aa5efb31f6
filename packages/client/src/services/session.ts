/** Signed in as this device: an access token that is renewed before it ends. */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import type { Route } from "@nimes/protocol/routes/route";
import { routes } from "@nimes/protocol/routes/routes";
import type { Clock } from "../ports/clock.ts";
import type { CallAnswer, CallInput, ServerCalls } from "./server-calls.ts";

export type Session = {
  call<R extends Route>(route: R, input: CallInput<R>): Promise<Result<CallAnswer<R>>>;
  /** A token that lives for a while yet. */
  token(): Promise<Result<string>>;
  /** The token is not taken any more. */
  forgetToken(): void;
};

/** A token that ends so soon is renewed first. */
const renewBeforeMs = 60_000;

export function createSession(options: {
  calls: ServerCalls;
  clock: Clock;
  deviceKeys: CryptoKeyPair;
  deviceId: DeviceId;
}): Session {
  const { calls, clock, deviceKeys, deviceId } = options;
  let current: { token: string; endsAt: number } | undefined;
  let signingIn: Promise<Result<string>> | undefined;

  async function signIn(): Promise<Result<string>> {
    const answer = await calls.call(routes.postSignIn, { body: { deviceId } }, { deviceKeys });
    if (!answer.ok) return answer;
    current = { token: answer.value.token, endsAt: clock.now() + answer.value.lifetimeMs };
    return ok(answer.value.token);
  }
  const token = (): Promise<Result<string>> => {
    if (current && current.endsAt - clock.now() > renewBeforeMs) return Promise.resolve(ok(current.token));
    signingIn ??= signIn().finally(() => {
      signingIn = undefined;
    });
    return signingIn;
  };

  return {
    token,
    forgetToken() {
      current = undefined;
    },
    async call<R extends Route>(route: R, input: CallInput<R>) {
      for (let attempt = 0; ; attempt += 1) {
        const signedIn = await token();
        if (!signedIn.ok) return signedIn;
        const answer = await calls.call(route, input, { deviceKeys, token: signedIn.value });
        // Ended early, by a restart of the server: signing in once more tells whether the device still belongs.
        if (attempt > 0 || answer.ok || answer.code !== "unauthorised") return answer;
        current = undefined;
      }
    },
  };
}

/** Whether a refusal of the sign-in means that this device does not belong to the circle any more. */
export const endsDevice = (code: ErrorCode): boolean => code === "device-ended";
