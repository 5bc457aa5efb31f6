/** Activation letters: each is used once. The secret never comes here; only proofs of the key that it seeds do. */
import { equalBytes, utf8 } from "@nimes/protocol/bytes";
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { deviceIdOf, formatClientId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { attestationHash } from "@nimes/protocol/signed/hashes";
import { openSigned, peekSigned, verifySignature } from "@nimes/protocol/signed/signed";
import type { LetterRow } from "../ports/directory-store.ts";
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
  /** @returns the directory sequence; the same genesis again succeeds, and its first PIN record stays (P6). */
  activate(genesis: Signed, pinRecord: string): Promise<Result<number>>;
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
  const state = (letter: LetterRow): Result<void> => {
    if (letter.used) return refuse("activation-used");
    return letter.activateUntil < now() ? refuse("activation-expired") : ok(undefined);
  };

  async function provedLetter({
    userId,
    activationKey,
    nonce,
    signature,
  }: LetterProof): Promise<Result<LetterRow>> {
    if (!nonces.isFresh(nonce)) return refuse("nonce-required");
    const by = { key: activationKey, signature };
    const proved = await verifySignature("ActivationProof", utf8(nonce), by);
    const letter = await directory.letter(userId);
    // An unknown officer and a wrong key look alike: nobody finds out who has an account (A7).
    if (!proved || !letter || !equalBytes(letter.activationKey, activationKey))
      return refuse("activation-unknown");
    const usable = state(letter);
    return usable.ok ? ok(letter) : usable;
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
      const { userId, deviceId, deviceKey, orgId, sequence, previous, generation } = peeked.value;
      const letter = await directory.letter(userId);
      if (!letter) return refuse("activation-unknown");
      const signers = [letter.activationKey, deviceKey];
      const verified = await openSigned("DeviceLink", DeviceLink, genesis, signers);
      if (!verified.ok) return verified.code === "wrong-signer" ? refuse("activation-unknown") : verified;
      const link = verified.value;
      const isGenesis = sequence === 0 && previous === null && generation === letter.generation;
      const standsOn = equalBytes(link.attestation, attestationHash(letter.attestation.payload));
      const newest = (await rules.newestAgreement())?.version ?? 0;
      const accepted = link.agreementVersion <= newest;
      if (!isGenesis || !standsOn || !accepted || deviceId !== deviceIdOf(deviceKey))
        return refuse("malformed");
      const usable = state(letter);
      if (!usable.ok && usable.code !== "activation-used") return usable;
      const record = pin.sealRecord(deviceId, pinRecord);
      if (!record.ok) return record;
      const activated = await directory.activate({
        userId,
        deviceId,
        deviceKey,
        generation,
        genesis,
        clientId: formatClientId({ userId, deviceId, orgId }),
        deviceClass: link.deviceClass,
        acceptedAgreement: link.agreementVersion,
        pinRecord: record.value,
      });
      if (activated === "used") return refuse("activation-used");
      destroyedLog.letterUsed(userId, letter.activationKey);
      for (const ended of activated.ended) {
        hints.publish({ of: "signed-out", deviceId: ended, code: "device-ended" });
        await destroy(ended);
      }
      return ok(activated.sequence);
    },
  };
}
