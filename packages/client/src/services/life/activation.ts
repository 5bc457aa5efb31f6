/**
 * Activation by a letter: consent, PIN, this device's keys, its capsule and the genesis of its chain (DESIGN §3 to §5).
 *
 * Nothing is made before the agreement has been accepted (TESTS C7). Keys, capsule and signed genesis are stored in one
 * batch before the genesis is posted together with the PIN's record: whatever interrupts, the same bytes go again. The
 * letter's secret signs and is forgotten; it is neither stored nor sent.
 */
import { makeGenesis } from "@nimes/e2ee/chains/make-genesis";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { findRoot, verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyAttestation } from "@nimes/e2ee/chains/verify-user";
import { activationSigner, parseActivationLetter } from "@nimes/protocol/activation-link";
import { equalBytes, utf8 } from "@nimes/protocol/bytes";
import type { Claimed } from "@nimes/protocol/claimed";
import { weigh, within } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import { retryHelps } from "@nimes/protocol/errors";
import type { RegistrationId } from "@nimes/protocol/ids";
import { deviceIdOf, formatClientId } from "@nimes/protocol/ids";
import type { ActivationLetter } from "@nimes/protocol/letter-code";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";
import type { Policy } from "@nimes/protocol/signed/policy";
import { defaultPolicy } from "@nimes/protocol/signed/policy";
import { signingInput } from "@nimes/protocol/signed/signature";
import type { Signer } from "@nimes/protocol/signed/signed";
import { webCryptoSigner } from "@nimes/protocol/signed/signed";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { deriveCapsuleKeys, deriveKek, randomSecret } from "../../capsule/keys.ts";
import type { Outside, OutsideState } from "../../capsule/outside.ts";
import { findOutside, firstOutside, mlsStoreNameOf } from "../../capsule/outside.ts";
import { sealOwn } from "../../capsule/own.ts";
import { firstSnapshot } from "../../capsule/revision-log.ts";
import { storedFormat } from "../../capsule/stored-format.ts";
import { wrapCapsuleKey } from "../../capsule/wraps.ts";
import type { Evidence } from "../../core/in-force.ts";
import { inForce, withAccepted, withPolicy, withSeen } from "../../core/in-force.ts";
import type { ActivationPreview, Agreement } from "../../nimes-client.ts";
import { readPolicy } from "../../opening/read-orders.ts";
import { judgePin } from "../../pin/pin-rules.ts";
import type { Ports } from "../../ports/ports.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import { fetchAgreement, shownAgreement } from "./agreement.ts";

/** What a person has agreed to before anything is made. */
export type Consent = { pin: string; agreementVersion: number };

export type Activation = {
  /** @param letter its code or its link, as `parseActivationLetter` reads them; also below. */
  preview(letter: string): Promise<Result<ActivationPreview>>;
  agreementFor(letter: string): Promise<Result<Agreement | undefined>>;
  /** Makes and stores everything; nothing of it counts before `post`. */
  prepare(letter: string, consent: Consent): Promise<Result<Outside>>;
  /** Brings genesis and PIN record to the server. `final`: it will never take them. */
  post(outside: Outside): Promise<{ ok: true } | { ok: false; code: ErrorCode; final: boolean }>;
};

export type ActivationNeeds = Pick<
  Ports,
  "storage" | "openE2ee" | "wasm" | "clock" | "deviceKeys" | "opaque"
> & {
  calls: ServerCalls;
};

/** What a letter proves, with the server's word for it verified. */
type Letter = {
  activation: Signer;
  organisation: VerifiedOrganisation;
  manifests: Signed[];
  attestation: UserAttestation;
  serverTime: Claimed<number>;
};
/** The record for the server, and the export key that only this PIN gives. */
type RegisteredPin = {
  registrationId: RegistrationId;
  record: string;
  exportKey: Uint8Array<ArrayBuffer>;
};
type Keys = { deviceKeys: CryptoKeyPair; localKey: CryptoKey; device: Signer };

export function createActivation(needs: ActivationNeeds): Activation {
  const { storage, calls, clock } = needs;

  async function readLetter(text: string): Promise<Result<Letter>> {
    const printed = parseActivationLetter(text);
    if (!printed.ok) return printed;
    const organisation = await fetchOrganisation(printed.value);
    if (!organisation.ok) return organisation;
    const activation = await activationSigner(printed.value.secret);
    const nonce = await calls.nonce();
    if (!nonce.ok) return nonce;
    const body = await proofOf(activation, nonce.value);
    const found = await calls.call(routes.postActivationLookup, { body }, {});
    if (!found.ok) return found;
    const { serverTime } = found.value;
    const attested = await verifyAttestation(organisation.value.verified, found.value.attestation);
    if (!attested.ok) return attested;
    const attestation = attested.value;
    // Whose letter it is stands in what the desk has signed over this key.
    if (!equalBytes(attestation.activationKey, activation.publicKey)) return refuse("activation-unknown");
    // The own clock may stand years back. What the server says only lets a letter be used, and dates nothing outside of it.
    const now = Math.max(clock.now(), weigh(serverTime));
    if (attestation.validFrom > now + limits.phoneClockToleranceMs) return refuse("clock-wrong");
    const { verified, manifests } = organisation.value;
    return ok({
      activation,
      organisation: verified,
      manifests,
      attestation,
      serverTime,
    });
  }

  async function fetchOrganisation({
    orgId,
  }: ActivationLetter): Promise<Result<{ verified: VerifiedOrganisation; manifests: Signed[] }>> {
    const answer = await calls.call(routes.getOrganisation, {}, {});
    if (!answer.ok) return answer;
    const { manifests } = answer.value;
    const rootHash = findRoot(orgId, manifests);
    if (!rootHash.ok) return rootHash;
    const verified = await verifyOrganisation(rootHash.value, manifests);
    return verified.ok ? ok({ verified: verified.value, manifests }) : verified;
  }

  async function fetchPolicy(
    organisation: VerifiedOrganisation,
  ): Promise<Result<{ policy: Policy; signer: Uint8Array } | undefined>> {
    const answer = await calls.call(routes.getPolicy, {}, {});
    if (!answer.ok) return answer;
    return answer.value.policy ? readPolicy(organisation, answer.value.policy) : ok(undefined);
  }

  /** What is known of the device outside of its capsule, once the person has agreed and the PIN is good. */
  async function judgeConsent(
    { attestation, organisation, manifests }: Letter,
    { pin, agreementVersion }: Consent,
  ): Promise<Result<Omit<OutsideState, "pending">>> {
    const agreement = await fetchAgreement(calls, organisation);
    if (!agreement.ok) return agreement;
    const version = agreement.value?.agreement.version ?? 0;
    if (agreementVersion !== version) return refuse("agreement-required");
    const policy = await fetchPolicy(organisation);
    if (!policy.ok) return policy;
    const now = clock.now();
    let told: Evidence = { deviceClass: attestation.deviceClass, policies: {}, agreements: {}, orders: {} };
    if (policy.value) told = { ...told, ...withPolicy(told, policy.value.signer, policy.value.policy) };
    if (agreement.value) {
      told = { ...told, ...withSeen(told, agreement.value, now) };
      told = { ...told, ...withAccepted(told, agreement.value.signer, version) };
    }
    const { rules } = inForce(told, organisation.manifest);
    const state = {
      ...told,
      rootHash: organisation.rootHash,
      displayName: attestation.displayName,
      manifests,
      receiptsDue: [],
      ...(rules.offlineOpeningMs > 0 && { lastContact: now, latestClock: now }),
    };
    if (!mayBe(state.deviceClass, policy.value?.policy)) return refuse("private-not-allowed");
    const { verdict } = await judgePin(pin, rules.pinMinLength);
    return verdict === "good" ? ok(state) : refuse("pin-unsuitable");
  }

  async function makeKeys(): Promise<Keys> {
    const deviceKeys = await needs.deviceKeys.make();
    const localKey = await needs.deviceKeys.makeLocalKey();
    return { deviceKeys, localKey, device: await webCryptoSigner(deviceKeys) };
  }

  async function registerPin(
    { activation }: Letter,
    { pin, device }: { pin: string; device: Signer },
  ): Promise<Result<RegisteredPin>> {
    const registration = await needs.opaque.startRegistration(pin);
    const nonce = await calls.nonce();
    if (!nonce.ok) return nonce;
    const proof = await proofOf(activation, nonce.value);
    const body = { ...proof, deviceId: deviceIdOf(device.publicKey), request: registration.request };
    const answer = await calls.call(routes.postActivationPin, { body }, {});
    if (!answer.ok) return answer;
    const registered = registration.finish(answer.value.response);
    const { registrationId } = answer.value;
    return registered ? ok({ ...registered, registrationId }) : refuse("malformed");
  }

  async function makeDevice(
    letter: Letter,
    made: {
      keys: Keys;
      state: Omit<OutsideState, "pending">;
      pin: RegisteredPin;
    },
  ): Promise<Outside> {
    const { attestation, activation, organisation, serverTime } = letter;
    const { deviceKeys, localKey, device } = made.keys;
    const deviceId = deviceIdOf(device.publicKey);
    const clientId = formatClientId({ userId: attestation.userId, deviceId, orgId: organisation.orgId });
    const outsideDevice = { format: storedFormat, deviceId, deviceKeys, localKey } as const;
    const capsuleId = crypto.getRandomValues(new Uint8Array(16));
    const capsuleKey = randomSecret();
    const kek = await deriveKek(made.pin.exportKey, localKey, capsuleId);
    const wrap = await wrapCapsuleKey(kek, "pin", { capsuleId, capsuleKey });
    const keys = await deriveCapsuleKeys(capsuleKey);
    capsuleKey.fill(0);

    const e2ee = await needs.openE2ee({
      storeName: mlsStoreNameOf(outsideDevice),
      databaseKey: keys.databaseKey,
      clientId,
      directory: () => undefined,
      wasm: needs.wasm,
    });
    const genesis = await makeGenesis({
      attestation,
      activation,
      device,
      mlsThumbprint: e2ee.mlsThumbprint,
      agreementVersion: inForce(made.state, organisation.manifest).acceptedAgreement,
      // The own clock may be wrong, and the device before ends at this moment. Whatever the server says is bounded.
      time: within({ least: attestation.validFrom, most: attestation.activateUntil }, serverTime),
    });
    await e2ee.close();
    const state: OutsideState = {
      ...made.state,
      pending: { genesis, registrationId: made.pin.registrationId, pinRecord: made.pin.record },
      isUnseen: true,
    };
    const own = await sealOwn(keys, capsuleId, { clientId, unseenGenesis: genesis.payload });
    const changes = await firstOutside({
      device: outsideDevice,
      capsule: { format: storedFormat, capsuleId, pinWraps: [wrap], own },
      state,
    });
    await storage.write([...changes, await firstSnapshot(keys)], "strict");
    const found = await findOutside(storage);
    if (found.found !== "device") throw new Error("what has just been stored is not there");
    return found.outside;
  }

  return {
    async preview(text) {
      const letter = await readLetter(text);
      if (!letter.ok) return letter;
      const { attestation, organisation } = letter.value;
      const unit = organisation.manifest.units.find(({ id }) => id === attestation.unitId);
      const policy = await fetchPolicy(organisation);
      if (!policy.ok) return policy;
      const { deviceClass } = attestation;
      if (!mayBe(deviceClass, policy.value?.policy)) return refuse("private-not-allowed");
      return ok({
        displayName: attestation.displayName,
        unitName: unit?.name ?? attestation.unitId,
        function: attestation.function,
        organisation: organisation.manifest.name,
        deviceClass,
        activateUntil: attestation.activateUntil,
        pinMinLength: (policy.value?.policy ?? defaultPolicy)[deviceClass].pinMinLength,
      });
    },
    async agreementFor(text) {
      const printed = parseActivationLetter(text);
      if (!printed.ok) return printed;
      const organisation = await fetchOrganisation(printed.value);
      if (!organisation.ok) return organisation;
      const fetched = await fetchAgreement(calls, organisation.value.verified);
      if (!fetched.ok) return fetched;
      return ok(fetched.value && shownAgreement(fetched.value.agreement));
    },
    async prepare(text, consent) {
      const letter = await readLetter(text);
      if (!letter.ok) return letter;
      const state = await judgeConsent(letter.value, consent);
      if (!state.ok) return state;
      const keys = await makeKeys();
      const pin = await registerPin(letter.value, { pin: consent.pin, device: keys.device });
      if (!pin.ok) return pin;
      return ok(await makeDevice(letter.value, { keys, state: state.value, pin: pin.value }));
    },
    async post(outside) {
      const { pending } = outside.state();
      if (!pending) return { ok: true };
      const posted = await calls.call(routes.postActivation, { body: pending }, {});
      if (!posted.ok) return { ok: false, code: posted.code, final: !retryHelps(posted.code) };
      await outside.change(({ pending: _, ...state }) => state);
      return { ok: true };
    },
  };
}

const mayBe = (deviceClass: DeviceClass, policy: Policy | undefined): boolean =>
  deviceClass === "service" || policy?.privateDevicesAllowed !== false;

/** Proves the letter's secret without showing it. */
const proofOf = async (activation: Signer, nonce: string) => ({
  activationKey: activation.publicKey,
  nonce,
  signature: await activation.sign(signingInput("ActivationProof", utf8(nonce))),
});
