/**
 * Another PIN (DESIGN §5). The wrap under the new one is stored first, then the server's record is switched; the old wrap
 * goes at the first opening with the new PIN. A crash at any step leaves a capsule that the old or the new PIN opens, and so
 * does a change that arrives late, between the steps of the next one.
 */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { deriveKek } from "../capsule/keys.ts";
import type { Outside } from "../capsule/outside.ts";
import { appendWrap, openPinWraps, wrapCapsuleKey } from "../capsule/wraps.ts";
import type { Opaque } from "../ports/opaque.ts";
import type { Session } from "../services/connection/session.ts";
import type { PinLogins, Sending } from "./pin-login.ts";
import { sendAgain } from "./pin-login.ts";

export type ChangePinNeeds = {
  outside: Outside;
  logins: PinLogins;
  /** Of both steps. */
  session: Session;
  opaque: Opaque;
} & Sending;

/** @returns `pin-wrong` for the current one, which counts as everywhere. */
export async function changePin(
  needs: ChangePinNeeds,
  pins: { current: string; next: string },
): Promise<Result<void>> {
  const { outside, logins, session, opaque } = needs;
  const login = await logins.start(pins.current);
  if (!login.ok) return login;
  const finished = await login.value.finish();
  if (!finished.ok) return finished;
  const { localKey } = outside.device;
  const capsule = outside.capsule();
  const { capsuleId } = capsule;
  const found = await openPinWraps(await deriveKek(login.value.exportKey, localKey, capsuleId), capsule);
  if (!found) return refuse("capsule-damaged");

  const { attemptId } = login.value;
  const registration = await opaque.startRegistration(pins.next);
  const begun = await sendAgain(needs, () =>
    session.call(routes.postPinChangeStart, { body: { attemptId, request: registration.request } }),
  );
  if (!begun.ok) return begun;
  const made = registration.finish(begun.value.response);
  if (!made) return refuse("malformed");
  const kek = await deriveKek(made.exportKey, localKey, capsuleId);
  const wrap = await wrapCapsuleKey(kek, "pin", { capsuleId, capsuleKey: found.capsuleKey });
  await outside.changeCapsule((record) => appendWrap(record, found.wrap, wrap));

  const { registrationId } = begun.value;
  const body = { attemptId, registrationId, pinRecord: made.record };
  const switched = await sendAgain(needs, () => session.call(routes.postPinChange, { body }));
  return switched.ok ? ok(undefined) : switched;
}
