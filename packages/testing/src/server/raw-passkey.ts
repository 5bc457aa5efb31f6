/** A passkey by hand: what a page and its authenticator do, step by step. */
import type { SubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { must } from "./raw-calls.ts";
import type { RawDevice } from "./raw-device.ts";
import type { SoftwareAuthenticator } from "./software-authenticator.ts";

/** Options of WebAuthn as a client makes them of the server's challenge. */
export function passkeyOptions(challenge: string, serverUrl: string): string {
  const id = new URL(serverUrl).hostname;
  return JSON.stringify({ challenge, rp: { id, name: "NIMes" }, rpId: id });
}

/** A sign-in by PIN that was finished just now. */
export async function freshPin(officer: RawDevice, token: string): Promise<SubmissionId> {
  const login = await officer.beginLogin(officer.pin, token);
  must(login.start);
  must(await officer.finishLogin(login, token));
  return login.attemptId;
}

/** Both halves of a registration. @returns the answer of the second. */
export async function addPasskey(
  officer: RawDevice,
  by: { url: string; token: string; attemptId: SubmissionId; authenticator: SoftwareAuthenticator },
) {
  const { url, token, attemptId, authenticator } = by;
  const begun = await officer.call(routes.postPasskeyStart, { body: { attemptId }, token });
  const options = passkeyOptions(must(begun).challenge, url);
  const response = await authenticator.create({ options, origin: url });
  return officer.call(routes.postPasskey, { body: { attemptId, response }, token });
}
