/**
 * OPAQUE (RFC 9807) on the server: it never learns a PIN. The key of the OPRF follows from the credential identifier
 * (section 6.3.2.1), so whoever could choose one could evaluate it for a record that exists, and try PINs uncounted.
 */
import { client, ready, server } from "@serenity-kit/opaque";

export type Opaque = {
  /** Undefined when the request is none. */
  registrationResponse(credentialId: string, request: string): string | undefined;
  /** Whether a text can be a registration record. */
  isRecord(record: string): boolean;
  /** The answer, and what the server needs to judge the finish; undefined when the request is none. */
  startLogin(login: {
    credentialId: string;
    record: string;
    request: string;
  }): { response: string; state: string } | undefined;
  /** Whether the other side knew the PIN. */
  finishLogin(state: string, finish: string): boolean;
};

/** Secrets of a new server. Whoever loses them opens no capsule again. */
export async function newOpaqueSetup(): Promise<string> {
  await ready;
  return server.createSetup();
}

export async function createOpaque(serverSetup: string): Promise<Opaque> {
  await ready;
  const start = (userIdentifier: string, registrationRecord: string, startLoginRequest: string) =>
    attempt(() => server.startLogin({ serverSetup, userIdentifier, registrationRecord, startLoginRequest }));
  return {
    registrationResponse: (userIdentifier, registrationRequest) =>
      attempt(() => server.createRegistrationResponse({ serverSetup, userIdentifier, registrationRequest }))
        ?.registrationResponse,
    isRecord: (record) =>
      start("", record, client.startLogin({ password: "" }).startLoginRequest) !== undefined,
    startLogin({ credentialId, record, request }) {
      const started = start(credentialId, record, request);
      return started && { response: started.loginResponse, state: started.serverLoginState };
    },
    finishLogin: (serverLoginState, finishLoginRequest) =>
      attempt(() => server.finishLogin({ serverLoginState, finishLoginRequest })) !== undefined,
  };
}

/** The library throws for whatever does not decode or verify. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
