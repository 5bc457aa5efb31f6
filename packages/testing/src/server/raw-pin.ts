/** The second step by hand: a PIN that every hand-made device has. */
import { utf8 } from "@nimes/protocol/bytes";
import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { signingInput } from "@nimes/protocol/signed/signature";
import { client, ready } from "@serenity-kit/opaque";
import type { TestDevice } from "../organisation.ts";
import type { RawCaller } from "./raw-device.ts";
import { taken } from "./raw-device.ts";

const password = "Leinewehr 42";
/** Cheap: the stretching runs on the client alone and is not what these tests are about. */
const keyStretching = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } };

/** A record for a device that is about to be activated. */
export async function registerPin(caller: RawCaller, { letter, deviceId }: TestDevice): Promise<string> {
  await ready;
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
  const nonce = await caller.nonce();
  const signature = await letter.activation.sign(signingInput("ActivationProof", utf8(nonce)));
  const { userId, activation } = letter;
  const body = {
    userId,
    activationKey: activation.publicKey,
    nonce,
    signature,
    deviceId,
    request: registrationRequest,
  };
  const { response } = taken(await caller.call(routes.postActivationPin, { body }));
  return client.finishRegistration({
    password,
    clientRegistrationState,
    registrationResponse: response,
    keyStretching,
  }).registrationRecord;
}

/** @returns a token of the second step. */
export async function signInByPin(caller: RawCaller, test: TestDevice): Promise<string> {
  await ready;
  const signer = test.device;
  const proved = { body: { deviceId: test.deviceId }, signer };
  const { token } = taken(await caller.call(routes.postSignIn, proved));
  const { clientLoginState, startLoginRequest } = client.startLogin({ password });
  const attemptId = newSubmissionId();
  const start = { body: { attemptId, request: startLoginRequest }, signer, token };
  const { response: loginResponse } = taken(await caller.call(routes.postPinLoginStart, start));
  const finished = client.finishLogin({ clientLoginState, loginResponse, password, keyStretching });
  if (!finished) throw new Error("the server answered another PIN");
  const finish = { body: { attemptId, finish: finished.finishLoginRequest }, signer, token };
  return taken(await caller.call(routes.postPinLoginFinish, finish)).token;
}
