/** Activation letters: each is used once. The secret never comes here; only proofs of the key that it seeds do. */
import { equalBytes, toHex, utf8 } from "@nimes/protocol/bytes";
import type { DeviceId, RegistrationId } from "@nimes/protocol/ids";
import { deviceIdOf, formatClientId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { verifySignature } from "@nimes/protocol/signed/signature";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { Buckets } from "../core/bucket.ts";
import { createBuckets } from "../core/bucket.ts";
import type { UserRow } from "../ports/directory-store.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { Destroy } from "./destroy.ts";
import type { DestroyedLog } from "./destroyed-log.ts";
import type { Nonces } from "./nonces.ts";
import type { PinRegistrations } from "./pin-registration.ts";
import { byLetter } from "./pin-registration.ts";

export type LetterProof = { activationKey: Uint8Array; nonce: string; signature: Uint8Array };

export type Activation = {
  lookup(proof: LetterProof): Promise<Result<{ attestation: Signed; serverTime: number }>>;
  /** First half of the PIN's registration, for a device that does not exist yet. */
  startPin(
    request: LetterProof & { deviceId: DeviceId; request: string },
  ): Promise<Result<{ registrationId: RegistrationId; response: string }>>;
  /** @returns the directory sequence; the same genesis again succeeds, is no news, and its first PIN record stays (P6). */
  activate(
    genesis: Signed,
    pin: { registrationId: RegistrationId; pinRecord: string },
  ): Promise<Result<{ sequence: number; news: boolean }>>;
};

/**
 * What one letter may ask for. Not by address: a whole station may come from one, and a letter is what nobody can make
 * up. Evaluations of the OPRF are bounded in the store as well, across restarts (`registrationsPerDay`).
 */
const letterLimit = { burst: 40, perSecond: 1 / 60 };

export function createActivation(options: {
  stores: Pick<Stores, "directory" | "rules">;
  nonces: Nonces;
  registrations: PinRegistrations;
  destroy: Destroy;
  destroyedLog: DestroyedLog;
  hints: HintBus;
  now: () => number;
}): Activation {
  const { stores, nonces, registrations, destroy, destroyedLog, hints, now } = options;
  const { directory, rules } = stores;
  const uses: Buckets = createBuckets(letterLimit, now);
  const mayGoOn = ({ activationKey }: UserRow): boolean => uses.take(toHex(activationKey));
  const state = (user: UserRow): Result<void> => {
    // Nobody who counts vouches for it any more.
    if (!user.counts) return refuse("activation-unknown");
    if (user.used) return refuse("activation-used");
    return user.activateUntil < now() ? refuse("activation-expired") : ok(undefined);
  };

  async function provedLetter(proof: LetterProof): Promise<Result<UserRow>> {
    const { activationKey, nonce, signature } = proof;
    if (!nonces.isFresh(nonce)) return refuse("nonce-required");
    const proved = await verifySignature("ActivationProof", utf8(nonce), { key: activationKey, signature });
    const user = await directory.userOfLetter(activationKey);
    // A letter that another has replaced and one that never was look alike: nobody finds out who has an account (A7).
    if (!proved || !user || !equalBytes(user.activationKey, activationKey))
      return refuse("activation-unknown");
    if (!mayGoOn(user)) return refuse("too-many");
    const usable = state(user);
    return usable.ok ? ok(user) : usable;
  }

  /** A letter that was used stays used whatever is restored, and what ended with it has no second step any more. */
  async function finish(user: UserRow, ended: readonly DeviceId[]): Promise<void> {
    destroyedLog.letterUsed(user.userId, user.activationKey);
    for (const deviceId of ended) {
      hints.publish({ of: "signed-out", deviceId, code: "device-ended" });
      await destroy(deviceId);
    }
  }

  return {
    async lookup(proof) {
      const letter = await provedLetter(proof);
      return letter.ok ? ok({ attestation: letter.value.attestation, serverTime: now() }) : letter;
    },
    async startPin(request) {
      const letter = await provedLetter(request);
      if (!letter.ok) return letter;
      const { deviceId } = request;
      if (await directory.device(deviceId)) return refuse("malformed", "/deviceId");
      const owner = byLetter(letter.value.activationKey);
      const started = await registrations.start({ owner, deviceId }, request.request);
      switch (started.outcome) {
        case "started":
          return ok({ registrationId: started.registrationId, response: started.response });
        case "used":
          return refuse("activation-used");
        case "too-many":
          return refuse("too-many");
        case "malformed":
          return refuse("malformed", "/request");
      }
    },
    async activate(genesis, made) {
      const peeked = peekSigned(DeviceLink, genesis);
      if (!peeked.ok) return peeked;
      const { userId, deviceId, deviceKey, orgId } = peeked.value;
      const user = await directory.user(userId);
      if (!user) return refuse("activation-unknown");
      const verified = await openSigned("DeviceLink", DeviceLink, genesis, [user.activationKey, deviceKey]);
      if (!verified.ok) return verified.code === "wrong-signer" ? refuse("activation-unknown") : verified;
      if (!mayGoOn(user)) return refuse("too-many");
      const link = verified.value;
      if (!fitsLetter(link, user)) return refuse("malformed");
      // The device before ends at that moment: nobody may put it off.
      if (link.time > now() + limits.clockToleranceMs) return refuse("clock-wrong");
      const published = (await rules.newestAgreement())?.version ?? 0;
      if (link.agreementVersion > published) return refuse("malformed", "/agreementVersion");
      const holder = await directory.device(deviceId);
      // One key, one device: it neither moves to another officer nor comes back to life.
      if (holder && (holder.ended || holder.userId !== userId)) return refuse("malformed", "/deviceKey");
      const usable = state(user);
      if (!usable.ok && usable.code !== "activation-used") return usable;
      // A letter that was used takes no record any more: the same genesis succeeds again, and the first one stays (P6).
      const owner = byLetter(user.activationKey);
      const record = user.used
        ? ok(new Uint8Array(0))
        : await registrations.finish({ owner, deviceId }, made);
      if (!record.ok) return record;
      const used = await directory.activate({
        userId,
        deviceId,
        deviceKey,
        genesis,
        clientId: formatClientId({ userId, deviceId, orgId }),
        deviceClass: link.deviceClass,
        generation: link.generation,
        activationKey: user.activationKey,
        pinRecord: record.value,
      });
      // Nothing is accepted that was not published under this number; doing it again changes nothing.
      const accepted = await rules.agreement(link.agreementVersion);
      if (accepted && (used.outcome === "activated" || used.outcome === "again"))
        await rules.accept(deviceId, accepted, genesis);
      switch (used.outcome) {
        case "activated":
          await finish(user, used.ended);
          return ok({ sequence: used.sequence, news: true });
        case "again":
          return ok({ sequence: used.sequence, news: false });
        case "used":
          return refuse("activation-used");
        case "replaced":
          return refuse("activation-unknown");
      }
    },
  };
}

/** Whether a genesis says what its letter's attestation says. */
function fitsLetter(link: DeviceLink, user: UserRow): boolean {
  const attested = peekSigned(UserAttestation, user.attestation);
  return (
    attested.ok &&
    link.sequence === 0 &&
    link.previous === null &&
    link.generation === user.generation &&
    link.orgId === attested.value.orgId &&
    link.deviceClass === attested.value.deviceClass &&
    link.unitId === attested.value.unitId &&
    link.time <= user.activateUntil &&
    link.time >= user.activateUntil - limits.activationLifetimeMs - limits.clockToleranceMs &&
    link.deviceId === deviceIdOf(link.deviceKey)
  );
}
