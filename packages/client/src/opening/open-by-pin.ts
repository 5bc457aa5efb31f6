/** From the right PIN to the capsule key. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { deriveKek } from "../capsule/keys.ts";
import type { Outside } from "../capsule/outside.ts";
import { dropOlderWraps, openPinWraps } from "../capsule/wraps.ts";
import type { Token } from "../services/connection/session.ts";
import type { PinLogins } from "./pin-login.ts";

/** The capsule key, and the token of both steps; without one it was opened without network. */
export type Opened = { capsuleKey: Uint8Array<ArrayBuffer>; token?: Token };

export type OpeningStep =
  | { step: "opened"; opened: Opened }
  /** A newer usage agreement has to be accepted first; then it goes on from here. */
  | { step: "agreement"; resume(): Promise<Result<Opened>> };

/** @returns `pin-wrong`; `capsule-damaged` when the right PIN finds nothing to open. */
export async function openByPin(
  { outside, logins }: { outside: Outside; logins: PinLogins },
  pin: string,
): Promise<Result<OpeningStep>> {
  const login = await logins.start(pin);
  if (!login.ok) return login;
  const capsule = outside.capsule();
  const kek = await deriveKek(login.value.exportKey, outside.device.localKey, capsule.capsuleId);
  const found = await openPinWraps(kek, capsule);
  const resume = async (): Promise<Result<Opened>> => {
    const token = await login.value.finish();
    if (!token.ok) return token;
    if (!found) return refuse("capsule-damaged");
    await outside.changeCapsule((record) => dropOlderWraps(record, found.wrap));
    return ok({ capsuleKey: found.capsuleKey, token: token.value });
  };
  return stepOf(resume);
}

/** Tries to open; an agreement in between makes it wait. */
export async function stepOf(resume: () => Promise<Result<Opened>>): Promise<Result<OpeningStep>> {
  const opened = await resume();
  if (opened.ok) return ok({ step: "opened", opened: opened.value });
  return opened.code === "agreement-required" ? ok({ step: "agreement", resume }) : opened;
}
