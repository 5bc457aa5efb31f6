/** Activation letters: each is used once. The secret never comes here; only proofs of the key that it seeds do. */
import { equalBytes, utf8 } from "@nimes/protocol/bytes";
import type { UserId } from "@nimes/protocol/ids";
import { deviceIdOf, formatClientId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { attestationHash } from "@nimes/protocol/signed/hashes";
import { openSigned, peekSigned, verifySignature } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { DirectoryStore, UserRow } from "../ports/directory-store.ts";
import type { Nonces } from "./nonces.ts";

export type Lookup = { userId: UserId; activationKey: Uint8Array; nonce: string; signature: Uint8Array };

export type Activation = {
  lookup(request: Lookup): Promise<Result<Signed>>;
  /** @returns the directory sequence; the same genesis again succeeds and is no news (P6). */
  activate(genesis: Signed): Promise<Result<{ sequence: number; news: boolean }>>;
};

export function createActivation(options: {
  directory: DirectoryStore;
  nonces: Nonces;
  now: () => number;
}): Activation {
  const { directory, nonces, now } = options;
  const state = (user: UserRow): Result<void> => {
    if (user.links.length > 0) return refuse("activation-used");
    return user.activateUntil < now() ? refuse("activation-expired") : ok(undefined);
  };

  return {
    async lookup({ userId, activationKey, nonce, signature }) {
      if (!nonces.isFresh(nonce)) return refuse("nonce-required");
      const by = { key: activationKey, signature };
      const proved = await verifySignature("ActivationProof", utf8(nonce), by);
      const user = await directory.user(userId);
      // An unknown officer and a wrong key look alike: nobody finds out who has an account.
      if (!proved || !user || !equalBytes(user.activationKey, activationKey))
        return refuse("activation-unknown");
      const usable = state(user);
      return usable.ok ? ok(user.attestation) : usable;
    },
    async activate(genesis) {
      const peeked = peekSigned(DeviceLink, genesis);
      if (!peeked.ok) return peeked;
      const { userId, deviceId, deviceKey, orgId } = peeked.value;
      const user = await directory.user(userId);
      if (!user) return refuse("activation-unknown");
      const verified = await openSigned("DeviceLink", DeviceLink, genesis, [user.activationKey, deviceKey]);
      if (!verified.ok) return verified.code === "wrong-signer" ? refuse("activation-unknown") : verified;
      if (!fitsLetter(verified.value, user)) return refuse("malformed");
      const holder = await directory.device(deviceId);
      // One key, one device: it neither moves to another officer nor comes back to life.
      if (holder && (holder.ended || holder.userId !== userId)) return refuse("malformed", "/deviceKey");
      const usable = state(user);
      if (!usable.ok && usable.code !== "activation-used") return usable;
      const clientId = formatClientId({ userId, deviceId, orgId });
      const attestation = user.attestation.payload;
      const used = await directory.activate({ userId, deviceId, deviceKey, clientId, genesis, attestation });
      switch (used.outcome) {
        case "activated":
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
