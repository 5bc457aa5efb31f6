/** Fresh tokens on a connection that lives; one of the second step opens it to content. */
import type { RenewFrame } from "@nimes/protocol/frames/client-frames";
import type { SignIn } from "../services/sign-in.ts";
import type { Connection } from "./connection.ts";

/** @returns a function whose answer tells whether the connection has just been opened. */
export function createRenewal(options: {
  connection: Connection;
  signIn: SignIn;
  challenge: Uint8Array;
  now: () => number;
}): (frame: RenewFrame) => Promise<boolean> {
  const { connection, signIn, challenge, now } = options;
  return async ({ token, signature }) => {
    const renewed = await signIn.checkRenewal(token, challenge, signature);
    if (!renewed.ok) {
      connection.close(renewed.code);
      return false;
    }
    const { device, endsAt } = renewed.value;
    const { deviceId, level } = device;
    const isMine = deviceId === connection.device.deviceId;
    // A level never falls: whoever has closed the capsule comes back with a connection of its own.
    if (!isMine || (level === "device" && connection.level === "opened")) {
      connection.close(isMine ? "not-opened" : "unauthorised");
      return false;
    }
    connection.endTokenIn(endsAt - now());
    const raised = level !== connection.level;
    connection.level = level;
    return raised;
  };
}
