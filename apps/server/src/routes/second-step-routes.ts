/** Routes of the second step: device state, PIN, passkey, renewal. */
import { ok } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { HintBus } from "../ports/hint-bus.ts";
import type { DeviceStates } from "../services/device-state.ts";
import type { Passkeys } from "../services/passkey.ts";
import type { Pin } from "../services/pin.ts";
import type { SignIn } from "../services/sign-in.ts";
import type { Register } from "./register.ts";

export type SecondStepServices = {
  pin: Pin;
  passkeys: Passkeys;
  signIn: SignIn;
  deviceStates: DeviceStates;
  hints: HintBus;
};

export function addSecondStepRoutes(register: Register, services: SecondStepServices): void {
  const { pin, passkeys, signIn, deviceStates, hints } = services;

  register(routes.getDeviceState, ({ device, query }) => deviceStates.of(device, Number(query.orderAfter)));
  register(routes.postPinLoginStart, ({ device, body }) => pin.startLogin(device, body));
  register(routes.postPinLoginFinish, ({ device, body }) => pin.finishLogin(device, body));
  register(routes.postRenewal, async ({ device }) => ok(await signIn.issueOpened(device)));
  register(routes.postPinChangeStart, ({ device, body }) => pin.startChange(device, body));
  register(routes.postPinChange, async ({ device, body }) => {
    const changed = await pin.change(device, body);
    return changed.ok ? ok({}) : changed;
  });
  register(routes.postPasskeyStart, ({ device, body }) => passkeys.startRegistration(device, body));
  register(routes.postPasskey, ({ device, origin, body }) => passkeys.register(device, origin, body));
  register(routes.deletePasskey, async ({ device }) => {
    await passkeys.remove(device);
    return ok({});
  });
  register(routes.postPasskeyLoginStart, ({ device }) => passkeys.startLogin(device));
  register(routes.postPasskeyLogin, ({ device, origin, body }) =>
    passkeys.login(device, origin, body.response),
  );
  register(routes.postSignOut, async ({ device }) => {
    await signIn.signOut(device.deviceId);
    hints.publish({ of: "signed-out", deviceId: device.deviceId, code: "unauthorised" });
    return ok({});
  });
}
