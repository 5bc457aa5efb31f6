/** An officer's device that speaks the protocol by hand, without the client library. */
import { protocolVersion } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import type { TestDevice, TestLetter } from "../organisation.ts";
import type { RawAnswer, RawCalls } from "./raw-calls.ts";
import { must } from "./raw-calls.ts";
import type { Login, RegisteredPin } from "./raw-pin.ts";
import { beginLogin, finishLogin, goodPin, registerPin } from "./raw-pin.ts";

export type RawDevice = {
  readonly letter: TestLetter;
  readonly test: TestDevice;
  readonly pin: string;
  /** Without this device's key and token. */
  readonly calls: RawCalls;
  /** Sends attestation, and genesis with the PIN; both may have been sent before. */
  enrol(): Promise<void>;
  /** Step one. @returns a token of level `device`. */
  prove(): Promise<string>;
  /** Both steps. @returns a token of level `token`, which the calls behind it use. */
  open(pin?: string): Promise<string>;
  beginLogin(pin: string, token: string): Promise<Login>;
  finishLogin(login: Login, token: string): Promise<RawAnswer<typeof routes.postPinLoginFinish>>;
  state(orderAfter?: number): Promise<RawAnswer<typeof routes.getDeviceState>>;
  /** With this device's proof, and the token that the route asks for. */
  call: RawCalls["call"];
};

export function rawDevice(calls: RawCalls, test: TestDevice): RawDevice {
  const signer = test.device;
  let opened: string | undefined;
  let registered: RegisteredPin | undefined;

  async function prove(): Promise<string> {
    const body = { deviceId: test.deviceId, version: protocolVersion };
    return must(await calls.call(routes.postSignIn, { body, signer })).token;
  }
  const device: RawDevice = {
    letter: test.letter,
    test,
    pin: goodPin,
    calls,
    prove,
    async enrol() {
      must(await calls.call(routes.postAttestation, { body: test.letter.signedAttestation }));
      registered ??= await registerPin(calls, test);
      must(await calls.call(routes.postActivation, { body: { genesis: test.genesis, ...registered } }));
    },
    async open(pin = goodPin) {
      const token = await prove();
      const login = await device.beginLogin(pin, token);
      must(login.start);
      opened = must(await device.finishLogin(login, token)).token;
      return opened;
    },
    beginLogin: (pin, token) => beginLogin(calls, { signer, token }, pin),
    finishLogin: (login, token) => finishLogin(calls, { signer, token }, login),
    state: (orderAfter = 0) =>
      device.call(routes.getDeviceState, { query: { orderAfter: String(orderAfter) } }),
    async call(route, request = {}) {
      const token = request.token ?? (route.access === "device" ? await prove() : opened);
      return calls.call(route, { signer, ...(token !== undefined && { token }), ...request });
    },
  };
  return device;
}
