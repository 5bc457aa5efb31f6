/**
 * The passkey (WebAuthn with user verification and PRF): its key needs the authenticator's secret, this browser's local
 * key and a share that the server gives after the assertion and withholds from a locked device (DESIGN §4). Where the
 * policy allows opening without network, a second wrap without that share exists for its hours.
 */
import { toBase64Url } from "@nimes/protocol/bytes";
import { labelledHash } from "@nimes/protocol/hash";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { derivePasskeyKek } from "../capsule/keys.ts";
import type { Outside } from "../capsule/outside.ts";
import type { CapsuleRecord, Wrap } from "../capsule/wraps.ts";
import { unwrapCapsuleKey, wrapCapsuleKey } from "../capsule/wraps.ts";
import type { Clock } from "../ports/clock.ts";
import type { Session } from "../services/session.ts";
import { policyOf } from "./contact.ts";
import { offlineUntil } from "./offline.ts";
import type { Opened, OpeningStep } from "./open-by-pin.ts";
import { stepOf } from "./open-by-pin.ts";

type Needs = {
  outside: Outside;
  /** Of step one for opening, of both steps for adding and removing. */
  session: Session;
  clock: Clock;
};

/** WebAuthn options of the server, with what makes the authenticator give its secret. */
function withPrf(outside: Outside, options: string): string {
  const parsed = JSON.parse(options) as { extensions?: object };
  const first = toBase64Url(labelledHash("NIMes/prf-salt/v1", outside.capsule().capsuleId));
  return JSON.stringify({ ...parsed, extensions: { ...parsed.extensions, prf: { eval: { first } } } });
}

export async function passkeyRequest({ outside, session }: Needs): Promise<Result<string>> {
  const answer = await session.call(routes.postPasskeyLoginStart, {});
  return answer.ok ? ok(withPrf(outside, answer.value.options)) : answer;
}

/** Without network nobody judges the assertion: what counts is the authenticator's secret. */
export function offlinePasskeyRequest({ outside, clock }: Needs): Result<string> {
  const state = outside.state();
  const { offlineWrap } = outside.capsule();
  const isAllowed = offlineUntil(state, policyOf(state), clock.now()) !== undefined;
  if (!offlineWrap || !isAllowed || state.passkey === undefined) return refuse("offline-opening-ended");
  const options = {
    challenge: toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
    allowCredentials: [{ type: "public-key", id: state.passkey }],
    userVerification: "required",
  };
  return ok(withPrf(outside, JSON.stringify(options)));
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

export async function openOffline({ outside, clock }: Needs, prf: Uint8Array): Promise<Result<OpeningStep>> {
  const state = outside.state();
  const { offlineWrap, capsuleId } = outside.capsule();
  if (!offlineWrap || offlineUntil(state, policyOf(state), clock.now()) === undefined)
    return refuse("offline-opening-ended");
  const kek = await derivePasskeyKek({ prf, share: undefined }, outside.device.localKey, capsuleId);
  const capsuleKey = await unwrapCapsuleKey(kek, "offline", { capsuleId, wrap: offlineWrap });
  return capsuleKey ? ok({ step: "opened", opened: { capsuleKey } }) : refuse("passkey-refused");
}

export async function passkeyCreation({ outside, session }: Needs): Promise<Result<string>> {
  const answer = await session.call(routes.postPasskeyStart, {});
  return answer.ok ? ok(withPrf(outside, answer.value.options)) : answer;
}

export async function addPasskey(
  needs: Needs,
  created: { response: string; prf: Uint8Array; capsuleKey: Uint8Array<ArrayBuffer> },
): Promise<Result<void>> {
  const { outside, session } = needs;
  const { response, prf, capsuleKey } = created;
  const credentialId = credentialIdIn(response);
  if (credentialId === undefined) return refuse("malformed", "response");
  const answer = await session.call(routes.postPasskey, { body: { response } });
  if (!answer.ok) return answer;
  const { capsuleId } = outside.capsule();
  const kek = await derivePasskeyKek({ prf, share: answer.value.share }, outside.device.localKey, capsuleId);
  const passkeyWrap = await wrapCapsuleKey(kek, "passkey", { capsuleId, capsuleKey });
  await outside.changeCapsule((capsule) => ({ ...capsule, passkeyWrap }));
  await outside.change((state) => ({ ...state, passkey: credentialId }));
  await keepOffline(needs, { prf, capsuleKey });
  return ok(undefined);
}

export async function removePasskey({ outside, session }: Needs): Promise<Result<void>> {
  const answer = await session.call(routes.deletePasskey, {});
  if (!answer.ok) return answer;
  await outside.changeCapsule(withoutPasskey);
  await outside.change(({ passkey: _, ...state }) => state);
  return ok(undefined);
}

export const withoutPasskey = ({
  passkeyWrap: _,
  offlineWrap: __,
  ...capsule
}: CapsuleRecord): CapsuleRecord => capsule;

export const withoutOffline = ({ offlineWrap: _, ...capsule }: CapsuleRecord): CapsuleRecord => capsule;

/** The authenticator's secret is at hand only now: where the policy allows, the second wrap is made. */
async function keepOffline(
  { outside, clock }: Needs,
  secrets: { prf: Uint8Array; capsuleKey: Uint8Array<ArrayBuffer> },
): Promise<void> {
  const state = outside.state();
  if (offlineUntil(state, policyOf(state), clock.now()) === undefined) return;
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
