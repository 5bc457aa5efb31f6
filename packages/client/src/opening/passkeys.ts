/**
 * The passkey (WebAuthn with user verification and PRF): its key needs the authenticator's secret, this browser's local
 * key and a share that the server gives after the assertion and withholds from a locked device (DESIGN §4). Where the
 * policy allows opening without network, a second wrap without that share exists for its hours.
 */
import { toBase64Url } from "@nimes/protocol/bytes";
import type { SubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { derivePasskeyKek } from "../capsule/keys.ts";
import type { CapsuleRecord, Wrap } from "../capsule/wraps.ts";
import { unwrapCapsuleKey, wrapCapsuleKey } from "../capsule/wraps.ts";
import { inForce } from "../core/in-force.ts";
import type { Clock } from "../ports/clock.ts";
import type { Session } from "../services/connection/session.ts";
import type { Organisation } from "../services/people/organisation.ts";
import { offlineUntil } from "./offline.ts";
import type { Opened, OpeningStep } from "./open-by-pin.ts";
import { stepOf } from "./open-by-pin.ts";
import { addedHere } from "./passkey-notices.ts";
import type { PasskeyPlace } from "./passkey-options.ts";
import { creationOptions, requestOptions } from "./passkey-options.ts";

type Needs = PasskeyPlace & {
  /** Of step one for opening, of both steps for adding and removing. */
  session: Session;
  clock: Clock;
  organisation: Organisation;
};

export async function passkeyRequest(needs: Needs): Promise<Result<string>> {
  const answer = await needs.session.call(routes.postPasskeyLoginStart, {});
  if (!answer.ok) return answer;
  const { passkey: credentialId } = needs.outside.state();
  // The server may know one that this device does not: its secret would open nothing here.
  if (credentialId === undefined) return refuse("passkey-refused");
  return ok(requestOptions(needs, { ...answer.value, credentialId }));
}

/** Without network nobody judges the assertion: what counts is the authenticator's secret. */
export function offlinePasskeyRequest(needs: Needs): Result<string> {
  const { outside } = needs;
  const { passkey: credentialId } = outside.state();
  const { offlineWrap } = outside.capsule();
  if (!offlineWrap || !opensOffline(needs) || credentialId === undefined)
    return refuse("offline-opening-ended");
  const challenge = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  return ok(requestOptions(needs, { challenge, credentialId }));
}

export async function openByPasskey(
  needs: Needs,
  assertion: { response: string; prf: Uint8Array },
): Promise<Result<OpeningStep>> {
  const { outside, session } = needs;
  const { response, prf } = assertion;
  return stepOf(async (): Promise<Result<Opened>> => {
    const answer = await session.call(routes.postPasskeyLogin, { body: { response } });
    if (!answer.ok) return answer;
    const { token, lifetimeMs, share } = answer.value;
    const { passkeyWrap, capsuleId } = outside.capsule();
    const kek = await derivePasskeyKek({ prf, share }, outside.device.localKey, capsuleId);
    const capsuleKey =
      passkeyWrap && (await unwrapCapsuleKey(kek, "passkey", { capsuleId, wrap: passkeyWrap }));
    // Right for the server and wrong here: another passkey took its place, or its secret is another one.
    if (!capsuleKey) return refuse("passkey-refused");
    await keepOffline(needs, { prf, capsuleKey });
    return ok({ capsuleKey, token: { token, lifetimeMs } });
  });
}

export async function openOffline(needs: Needs, prf: Uint8Array): Promise<Result<OpeningStep>> {
  const { outside } = needs;
  const { offlineWrap, capsuleId } = outside.capsule();
  if (!offlineWrap || !opensOffline(needs)) return refuse("offline-opening-ended");
  const kek = await derivePasskeyKek({ prf, share: undefined }, outside.device.localKey, capsuleId);
  const capsuleKey = await unwrapCapsuleKey(kek, "offline", { capsuleId, wrap: offlineWrap });
  return capsuleKey ? ok({ step: "opened", opened: { capsuleKey } }) : refuse("passkey-refused");
}

/** @param attemptId of a sign-in by PIN that was finished moments ago. */
export async function passkeyCreation(needs: Needs, attemptId: SubmissionId): Promise<Result<string>> {
  const answer = await needs.session.call(routes.postPasskeyStart, { body: { attemptId } });
  return answer.ok ? ok(creationOptions(needs, answer.value.challenge)) : answer;
}

export async function addPasskey(
  needs: Needs,
  attemptId: SubmissionId,
  created: { response: string; prf: Uint8Array; capsuleKey: Uint8Array<ArrayBuffer> },
): Promise<Result<void>> {
  const { outside, session, clock } = needs;
  const { response, prf, capsuleKey } = created;
  const credentialId = credentialIdIn(response);
  if (credentialId === undefined) return refuse("malformed", "response");
  const answer = await session.call(routes.postPasskey, { body: { attemptId, response } });
  if (!answer.ok) return answer;
  const { capsuleId } = outside.capsule();
  const kek = await derivePasskeyKek({ prf, share: answer.value.share }, outside.device.localKey, capsuleId);
  const passkeyWrap = await wrapCapsuleKey(kek, "passkey", { capsuleId, capsuleKey });
  // The wrap of an earlier passkey goes with it: what opens without network belongs to this one.
  await outside.changeBoth(({ state, capsule }) => ({
    state: addedHere(state, credentialId, clock.now()),
    capsule: { ...withoutOffline(capsule), passkeyWrap },
  }));
  await keepOffline(needs, { prf, capsuleKey });
  return ok(undefined);
}

export async function removePasskey({ outside, session }: Needs): Promise<Result<void>> {
  const answer = await session.call(routes.deletePasskey, {});
  if (!answer.ok) return answer;
  await outside.changeBoth(({ state: { passkey: _, ...state }, capsule }) => ({
    state,
    capsule: withoutPasskey(capsule),
  }));
  return ok(undefined);
}

export const withoutPasskey = ({
  passkeyWrap: _,
  offlineWrap: __,
  ...capsule
}: CapsuleRecord): CapsuleRecord => capsule;

export const withoutOffline = ({ offlineWrap: _, ...capsule }: CapsuleRecord): CapsuleRecord => capsule;

function opensOffline({ outside, organisation, clock }: Needs): boolean {
  const state = outside.state();
  const holds = inForce(state, organisation.current().manifest);
  return offlineUntil(state, holds, clock.now()) !== undefined;
}

/** The authenticator's secret is at hand only now: where the policy allows, the second wrap is made. */
async function keepOffline(
  needs: Needs,
  secrets: { prf: Uint8Array; capsuleKey: Uint8Array<ArrayBuffer> },
): Promise<void> {
  const { outside } = needs;
  if (!opensOffline(needs)) return;
  const { capsuleId } = outside.capsule();
  const { prf, capsuleKey } = secrets;
  const kek = await derivePasskeyKek({ prf, share: undefined }, outside.device.localKey, capsuleId);
  const offlineWrap: Wrap = await wrapCapsuleKey(kek, "offline", { capsuleId, capsuleKey });
  await outside.changeCapsule((capsule) => ({ ...capsule, offlineWrap }));
}

function credentialIdIn(response: string): string | undefined {
  try {
    const { id } = JSON.parse(response) as { id?: unknown };
    return typeof id === "string" && id !== "" ? id : undefined;
  } catch {
    return undefined;
  }
}
