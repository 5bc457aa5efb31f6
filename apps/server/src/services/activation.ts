/** Activation letters: each is used once. The secret never comes here; only proofs of the key that it seeds do. */
import { equalBytes, utf8 } from "@nimes/protocol/bytes";
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { deviceIdOf, formatClientId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { attestationHash } from "@nimes/protocol/signed/hashes";
import { verifySignature } from "@nimes/protocol/signed/signature";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { UserRow } from "../ports/directory-store.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { Destroy } from "./destroy.ts";
import type { DestroyedLog } from "./destroyed-log.ts";
import type { Nonces } from "./nonces.ts";
import type { Pin } from "./pin.ts";

export type LetterProof = { userId: UserId; activationKey: Uint8Array; nonce: string; signature: Uint8Array };

export type Activation = {
  lookup(proof: LetterProof): Promise<Result<Signed>>;
  /** First half of the PIN's registration for a device that does not exist yet; nothing is stored. */
  startPin(
    request: LetterProof & { deviceId: DeviceId; request: string },
  ): Promise<Result<{ response: string }>>;
  /** @returns the directory sequence; the same genesis again succeeds, is no news, and its first PIN record stays (P6). */
  activate(genesis: Signed, pinRecord: string): Promise<Result<{ sequence: number; news: boolean }>>;
};

export function createActivation(options: {
  stores: Pick<Stores, "directory" | "rules">;
  nonces: Nonces;
  pin: Pin;
  destroy: Destroy;
  destroyedLog: DestroyedLog;
  hints: HintBus;
  now: () => number;
}): Activation {
  const { stores, nonces, pin, destroy, destroyedLog, hints, now } = options;
  const { directory, rules } = stores;
  const state = (user: UserRow): Result<void> => {
    if (user.used) return refuse("activation-used");
    return user.activateUntil < now() ? refuse("activation-expired") : ok(undefined);
  };

  async function provedLetter(proof: LetterProof): Promise<Result<UserRow>> {
    const { userId, activationKey, nonce, signature } = proof;
    if (!nonces.isFresh(nonce)) return refuse("nonce-required");
    const proved = await verifySignature("ActivationProof", utf8(nonce), { key: activationKey, signature });
    const user = await directory.user(userId);
    // An unknown officer and a wrong key look alike: nobody finds out who has an account (A7).
    if (!proved || !user || !equalBytes(user.activationKey, activationKey))
      return refuse("activation-unknown");
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
      return letter.ok ? ok(letter.value.attestation) : letter;
    },
    async startPin(request) {
      const letter = await provedLetter(request);
      return letter.ok ? pin.startRegistration(request.deviceId, request.request) : letter;
    },
    async activate(genesis, pinRecord) {
      const peeked = peekSigned(DeviceLink, genesis);
      if (!peeked.ok) return peeked;
      const { userId, deviceId, deviceKey, orgId } = peeked.value;
      const user = await directory.user(userId);
      if (!user) return refuse("activation-unknown");
      const verified = await openSigned("DeviceLink", DeviceLink, genesis, [user.activationKey, deviceKey]);
      if (!verified.ok) return verified.code === "wrong-signer" ? refuse("activation-unknown") : verified;
      const link = verified.value;
      if (!fitsLetter(link, user)) return refuse("malformed");
      const published = (await rules.newestAgreement())?.version ?? 0;
      if (link.agreementVersion > published) return refuse("malformed", "/agreementVersion");
      const holder = await directory.device(deviceId);
      // One key, one device: it neither moves to another officer nor comes back to life.
      if (holder && (holder.ended || holder.userId !== userId)) return refuse("malformed", "/deviceKey");
      const usable = state(user);
      if (!usable.ok && usable.code !== "activation-used") return usable;
      const record = pin.sealRecord(deviceId, pinRecord);
      if (!record.ok) return record;
      const used = await directory.activate({
        userId,
        deviceId,
        deviceKey,
        genesis,
        clientId: formatClientId({ userId, deviceId, orgId }),
        deviceClass: link.deviceClass,
        generation: link.generation,
        acceptedAgreement: link.agreementVersion,
        attestation: user.attestation.payload,
        pinRecord: record.value,
      });
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
    equalBytes(link.attestation, attestationHash(user.attestation.payload)) &&
    link.deviceId === deviceIdOf(link.deviceKey)
  );
}
