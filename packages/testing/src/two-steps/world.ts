/** A real server with a clock in the test's hands, and officers who speak to it by hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "@nimes/protocol/bytes";
import type { SubmissionId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import { client as opaqueClient, ready } from "@serenity-kit/opaque";
import type { TestDevice, TestLetter, TestOrganisation } from "../organisation.ts";
import { activateDevice, enrolOfficer, makeOrganisation } from "../organisation.ts";
import type { RawAnswer, RawCalls } from "./raw-calls.ts";
import { must, rawCalls } from "./raw-calls.ts";

export type TestWorld = {
  organisation: TestOrganisation;
  dataFolder: string;
  calls: RawCalls;
  readonly url: string;
  clock: { now(): number; pass(ms: number): void };
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

export async function openWorld(): Promise<TestWorld> {
  await ready;
  const organisation = await makeOrganisation();
  const dataFolder = mkdtempSync(join(tmpdir(), "nimes-two-steps-"));
  let offset = 0;
  const clock = {
    now: () => Date.now() + offset,
    pass(ms: number) {
      offset += ms;
    },
  };
  const config = {
    address: "127.0.0.1",
    port: 0,
    dataFolder,
    publicUrl: "http://localhost:0",
    extraOrigins: ["http://anna.localhost:8080"],
    rootHash: organisation.rootHash,
    appFolder: join(dataFolder, "no-app"),
    logLevel: "silent" as const,
    quotaBytes: 1024 * 1024,
  };
  let server: RunningServer = await startServer(config, clock);
  const { port, url } = server;
  const calls = rawCalls(url);
  const start = async (): Promise<void> => {
    server = await startServer({ ...config, port, publicUrl: url }, clock);
  };
  for (const body of organisation.manifests) must(await calls.call(routes.postManifest, { body }));
  return {
    organisation,
    dataFolder,
    calls,
    url,
    clock,
    start,
    stop: () => server.close(),
    async restart() {
      await server.close();
      await start();
    },
    async close() {
      await server.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** The officer's device, by hand. */
export type RawOfficer = {
  letter: TestLetter;
  test: TestDevice;
  pin: string;
  /** Step one. @returns a token of level `device`. */
  signIn(): Promise<string>;
  /** Both steps. @returns a token of level `token`. */
  open(pin?: string): Promise<string>;
  beginLogin(pin: string, token: string): Promise<Login>;
  finishLogin(login: Login, token: string): Promise<RawAnswer<typeof routes.postPinLoginFinish>>;
  state(orderAfter?: number): Promise<RawAnswer<typeof routes.getDeviceState>>;
  /** Without a token: with the one of level `device`. */
  call: RawCalls["call"];
};
export type Login = {
  attemptId: SubmissionId;
  request: string;
  start: RawAnswer<typeof routes.postPinLoginStart>;
  /** Undefined when the PIN was wrong: then a client has nothing to send. */
  finish: string | undefined;
};

export const goodPin = "Leinewehr 42";
/** Cheap: the stretching runs on the client alone and is not what these tests are about. */
const keyStretching = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } };

/** Sends a letter's attestation. */
export async function issueLetter(
  world: TestWorld,
  fields: Partial<UserAttestation> = {},
): Promise<TestLetter> {
  const letter = await enrolOfficer(world.organisation, {
    activateUntil: world.clock.now() + limits.activationLifetimeMs,
    ...fields,
  });
  must(await world.calls.call(routes.postAttestation, { body: letter.signedAttestation }));
  return letter;
}

export const letterProof = async (
  world: Pick<TestWorld, "calls">,
  letter: Pick<TestLetter, "userId" | "activation">,
) => {
  const nonce = await world.calls.nonce();
  const signature = await letter.activation.sign(signingInput("ActivationProof", utf8(nonce)));
  return { userId: letter.userId, activationKey: letter.activation.publicKey, nonce, signature };
};

/** A record for a device that is about to be activated. */
export async function registerPin(
  world: Pick<TestWorld, "calls">,
  letter: TestLetter,
  { deviceId, pin }: { deviceId: TestDevice["deviceId"]; pin: string },
): Promise<string> {
  const { clientRegistrationState, registrationRequest } = opaqueClient.startRegistration({ password: pin });
  const body = { ...(await letterProof(world, letter)), deviceId, request: registrationRequest };
  const { response } = must(await world.calls.call(routes.postActivationPin, { body }));
  return opaqueClient.finishRegistration({
    password: pin,
    clientRegistrationState,
    registrationResponse: response,
    keyStretching,
  }).registrationRecord;
}

/** A device that went through its whole activation. */
export async function activateOfficer(
  world: TestWorld,
  options: { letter?: TestLetter; fields?: Partial<UserAttestation>; agreementVersion?: number } = {},
): Promise<RawOfficer> {
  const letter = options.letter ?? (await issueLetter(world, options.fields));
  const { agreementVersion = 0 } = options;
  const test = await activateDevice(letter, { agreementVersion });
  const pinRecord = await registerPin(world, letter, { deviceId: test.deviceId, pin: goodPin });
  must(await world.calls.call(routes.postActivation, { body: { genesis: test.genesis, pinRecord } }));
  return rawOfficer(world, letter, test);
}

export function rawOfficer(
  { calls }: Pick<TestWorld, "calls">,
  letter: TestLetter,
  test: TestDevice,
): RawOfficer {
  const signer = test.device;
  async function signIn(): Promise<string> {
    const body = { deviceId: test.deviceId };
    return must(await calls.call(routes.postSignIn, { body, signer })).token;
  }
  async function beginLogin(pin: string, token: string): Promise<Login> {
    const { clientLoginState, startLoginRequest } = opaqueClient.startLogin({ password: pin });
    const attemptId = newSubmissionId();
    const body = { attemptId, request: startLoginRequest };
    const start = await calls.call(routes.postPinLoginStart, { body, signer, token });
    const finished =
      "value" in start
        ? opaqueClient.finishLogin({
            clientLoginState,
            loginResponse: start.value.response,
            password: pin,
            keyStretching,
          })
        : undefined;
    return { attemptId, request: startLoginRequest, start, finish: finished?.finishLoginRequest };
  }
  async function finishLogin(
    login: Login,
    token: string,
  ): Promise<RawAnswer<typeof routes.postPinLoginFinish>> {
    const body = { attemptId: login.attemptId, finish: login.finish ?? "none" };
    return calls.call(routes.postPinLoginFinish, { body, signer, token });
  }
  return {
    letter,
    test,
    pin: goodPin,
    signIn,
    beginLogin,
    finishLogin,
    async state(orderAfter = 0) {
      const query = { orderAfter: String(orderAfter) };
      return calls.call(routes.getDeviceState, { query, signer, token: await signIn() });
    },
    async open(pin = goodPin) {
      const token = await signIn();
      return must(await finishLogin(await beginLogin(pin, token), token)).token;
    },
    async call(route, request = {}) {
      return calls.call(route, { signer, ...request, token: request.token ?? (await signIn()) });
    },
  };
}

/** Both halves of a PIN change. */
export async function changePin(
  officer: RawOfficer,
  { token, attemptId, pin }: { token: string; attemptId: SubmissionId; pin: string },
): Promise<RawAnswer<typeof routes.postPinChange>> {
  const { clientRegistrationState, registrationRequest } = opaqueClient.startRegistration({ password: pin });
  const body = { request: registrationRequest };
  const { response } = must(await officer.call(routes.postPinChangeStart, { body, token }));
  const { registrationRecord } = opaqueClient.finishRegistration({
    password: pin,
    clientRegistrationState,
    registrationResponse: response,
    keyStretching,
  });
  return officer.call(routes.postPinChange, { body: { attemptId, pinRecord: registrationRecord }, token });
}
