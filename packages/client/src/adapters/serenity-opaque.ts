/** OPAQUE by `@serenity-kit/opaque`, in browser and Node alike; loaded when it is needed. */
import { fromBase64Url } from "@nimes/protocol/bytes";
import type { Opaque } from "../ports/opaque.ts";

type Library = typeof import("@serenity-kit/opaque");
type Stretching = NonNullable<Parameters<Library["client"]["finishLogin"]>[0]["keyStretching"]>;

/** Loads the library; whoever needs it later finds it there. */
export async function loadOpaque(): Promise<Library["client"]> {
  const { client, ready } = await import("@serenity-kit/opaque");
  await ready;
  return client;
}

/**
 * @param stretching of the PIN: what a thief of the server's record pays for each guess. It belongs to the format of the
 *   record: another one opens no capsule that was made with this one.
 */
export function serenityOpaque(stretching: Stretching = "memory-constrained"): Opaque {
  return {
    async startLogin(pin) {
      const client = await loadOpaque();
      const { clientLoginState, startLoginRequest } = client.startLogin({ password: pin });
      return {
        request: startLoginRequest,
        finish(loginResponse) {
          const done = attempt(() =>
            client.finishLogin({ clientLoginState, loginResponse, password: pin, keyStretching: stretching }),
          );
          return done && { finish: done.finishLoginRequest, exportKey: fromBase64Url(done.exportKey) };
        },
      };
    },
    async startRegistration(pin) {
      const client = await loadOpaque();
      const { clientRegistrationState, registrationRequest } = client.startRegistration({ password: pin });
      return {
        request: registrationRequest,
        finish(registrationResponse) {
          const done = attempt(() =>
            client.finishRegistration({
              clientRegistrationState,
              registrationResponse,
              password: pin,
              keyStretching: stretching,
            }),
          );
          return done && { record: done.registrationRecord, exportKey: fromBase64Url(done.exportKey) };
        },
      };
    },
  };
}

/** The library throws for whatever does not decode: a server that answers nonsense gives no key. */
function attempt<T>(call: () => T | undefined): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
