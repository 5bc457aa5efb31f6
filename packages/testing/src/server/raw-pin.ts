/** The second step by hand: OPAQUE as a device does it, step by step. */
import { utf8 } from "@nimes/protocol/bytes";
import type { RegistrationId, SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { Signer } from "@nimes/protocol/signed/signed";
import { client, ready } from "@serenity-kit/opaque";
import type { TestDevice, TestLetter } from "../organisation.ts";
import type { RawAnswer, RawCalls } from "./raw-calls.ts";
import { must } from "./raw-calls.ts";

export const goodPin = "Leinewehr 42";
/** Cheap: the stretching runs on the client alone and is not what these tests are about. */
export const keyStretching = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } } as const;

/** What proves a letter's secret without showing it. */
export async function letterProof(calls: RawCalls, { activation }: Pick<TestLetter, "activation">) {
  const nonce = await calls.nonce();
  const signature = await activation.sign(signingInput("ActivationProof", utf8(nonce)));
  return { activationKey: activation.publicKey, nonce, signature };
}

type Registration = {
  request: string;
  /** @returns the record that the server is to keep. */
  finish(response: string): string;
};
async function startRegistration(password: string): Promise<Registration> {
  await ready;
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
  return {
    request: registrationRequest,
    finish: (registrationResponse) =>
      client.finishRegistration({ password, clientRegistrationState, registrationResponse, keyStretching })
        .registrationRecord,
  };
}

export type RegisteredPin = { registrationId: RegistrationId; pinRecord: string };

/** A record for a device that is about to be activated. */
export async function registerPin(
  calls: RawCalls,
  { letter, deviceId }: Pick<TestDevice, "letter" | "deviceId">,
  pin = goodPin,
): Promise<RegisteredPin> {
  const { request, finish } = await startRegistration(pin);
  const body = { ...(await letterProof(calls, letter)), deviceId, request };
  const { registrationId, response } = must(await calls.call(routes.postActivationPin, { body }));
  return { registrationId, pinRecord: finish(response) };
}

export type Login = {
  attemptId: SubmissionId;
  request: string;
  start: RawAnswer<typeof routes.postPinLoginStart>;
  /** Undefined when the PIN was wrong: then a client has nothing to send. */
  finish: string | undefined;
};
type Proved = { signer: Signer; token: string };

export async function beginLogin(calls: RawCalls, proved: Proved, password: string): Promise<Login> {
  await ready;
  const { clientLoginState, startLoginRequest } = client.startLogin({ password });
  const attemptId = newSubmissionId();
  const body = { attemptId, request: startLoginRequest };
  const start = await calls.call(routes.postPinLoginStart, { body, ...proved });
  const finished =
    "value" in start
      ? client.finishLogin({
          clientLoginState,
          loginResponse: start.value.response,
          password,
          keyStretching,
        })
      : undefined;
  return { attemptId, request: startLoginRequest, start, finish: finished?.finishLoginRequest };
}

export const finishLogin = (
  calls: RawCalls,
  proved: Proved,
  { attemptId, finish = "none" }: Login,
): Promise<RawAnswer<typeof routes.postPinLoginFinish>> =>
  calls.call(routes.postPinLoginFinish, { body: { attemptId, finish }, ...proved });

/** Both halves of a PIN change; a refusal of the first is the answer. @param attemptId of the login with the old PIN. */
export async function changePin(
  device: Pick<RawCalls, "call">,
  { token, attemptId, pin }: { token: string; attemptId: SubmissionId; pin: string },
): Promise<RawAnswer<typeof routes.postPinChange>> {
  const { request, finish } = await startRegistration(pin);
  const started = await device.call(routes.postPinChangeStart, { body: { attemptId, request }, token });
  if (!("value" in started)) return started;
  const { registrationId, response } = started.value;
  const body = { attemptId, registrationId, pinRecord: finish(response) };
  return device.call(routes.postPinChange, { body, token });
}
