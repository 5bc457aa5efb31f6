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
      const { userId, deviceId, deviceKey, orgId, sequence, previous, generation } = peeked.value;
      const user = await directory.user(userId);
      if (!user) return refuse("activation-unknown");
      const verified = await openSigned("DeviceLink", DeviceLink, genesis, [user.activationKey, deviceKey]);
      if (!verified.ok) return verified.code === "wrong-signer" ? refuse("activation-unknown") : verified;
      const isGenesis = sequence === 0 && previous === null && generation === user.generation;
      const standsOn = equalBytes(verified.value.attestation, attestationHash(user.attestation.payload));
      if (!isGenesis || !standsOn || deviceId !== deviceIdOf(deviceKey)) return refuse("malformed");
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
