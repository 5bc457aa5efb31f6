/**
 * The page's part of a passkey: only a page may ask the authenticator. Its secret (WebAuthn PRF) goes to the worker and
 * never to the server, so it is taken out of the response.
 */
import { fromBase64Url } from "@nimes/protocol/bytes";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type {
  AuthenticationExtensionsClientOutputs,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { startAuthentication, startRegistration } from "@simplewebauthn/browser";

export type Answer = { response: string; prf: Uint8Array };

type PrfInputs = { prf?: { eval?: { first?: unknown } } };
type PrfOutputs = { prf?: { results?: { first?: ArrayBuffer } } };

/** Whether this browser can ask for a finger, a face or the device's own code. */
export async function canHavePasskey(): Promise<boolean> {
  const { PublicKeyCredential: api } = window as { PublicKeyCredential?: typeof PublicKeyCredential };
  return (await api?.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)) ?? false;
}

/** @param options as the client library gave them. @returns `cancelled` or `passkey-refused` when there is none. */
export async function askPasskey(options: string): Promise<Result<Answer>> {
  const optionsJSON = withSalt(JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON);
  return asking(async () => answerOf(await startAuthentication({ optionsJSON })));
}

export async function makePasskey(options: string): Promise<Result<Answer>> {
  const optionsJSON = withSalt(JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON);
  return asking(async () => {
    const created = await startRegistration({ optionsJSON });
    const made = answerOf(created);
    if (made.ok) return made;
    // Most authenticators give their secret only when they are used, not when the passkey is made.
    const { rp, extensions } = optionsJSON;
    const used = await startAuthentication({
      optionsJSON: {
        challenge: optionsJSON.challenge,
        userVerification: "required",
        allowCredentials: [{ type: "public-key", id: created.id }],
        ...(rp.id !== undefined && { rpId: rp.id }),
        ...(extensions && { extensions }),
      },
    });
    const secret = answerOf(used);
    return secret.ok ? ok({ response: withoutSecret(created), prf: secret.value.prf }) : secret;
  });
}

type Signals = {
  signalUnknownCredential?: (options: { rpId: string; credentialId: string }) => Promise<void>;
};

/**
 * Tells the authenticator that a passkey opens nothing any more. Where it listens (WebAuthn level 3, section 5.1.10), the
 * secret is gone for a copy of this device's storage, too; nobody says whether it did.
 */
export async function forgetPasskey(credentialId: string): Promise<void> {
  const api = (window as { PublicKeyCredential?: Signals }).PublicKeyCredential;
  const rpId = window.location.hostname;
  await api?.signalUnknownCredential?.({ rpId, credentialId }).catch(() => undefined);
}

/** In JSON the salt is text; the browser wants bytes. */
function withSalt<T extends { extensions?: object }>(options: T): T {
  const first = (options.extensions as PrfInputs | undefined)?.prf?.eval?.first;
  if (typeof first !== "string") return options;
  return {
    ...options,
    extensions: { ...options.extensions, prf: { eval: { first: fromBase64Url(first) } } },
  };
}

type WithOutputs = { clientExtensionResults: AuthenticationExtensionsClientOutputs };

function answerOf(credential: WithOutputs): Result<Answer> {
  const { first } = (credential.clientExtensionResults as PrfOutputs).prf?.results ?? {};
  if (!first) return refuse("passkey-refused");
  return ok({ response: withoutSecret(credential), prf: new Uint8Array(first) });
}

const withoutSecret = (credential: WithOutputs): string =>
  JSON.stringify({ ...credential, clientExtensionResults: {} });

async function asking(ask: () => Promise<Result<Answer>>): Promise<Result<Answer>> {
  try {
    return await ask();
  } catch (error) {
    return refuse(codeOf(error));
  }
}

/** The browser says the same whether somebody cancelled, waited too long or has no such passkey. */
const codeOf = (error: unknown): ErrorCode =>
  error instanceof Error && (error.name === "NotAllowedError" || error.name === "AbortError")
    ? "cancelled"
    : "passkey-refused";
