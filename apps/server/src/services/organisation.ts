/**
 * Takes manifests and attestations: whatever stands on the organisation root that this server was set up with, and
 * nothing else. Nobody needs an account for it.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { orgIdOf, rootKeyHash } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { DirectoryStore } from "../ports/directory-store.ts";
import { newestManifest } from "./manifest-keys.ts";

export type TakenAttestation = { sequence: number; news: boolean };

export type Organisation = {
  manifests(): Promise<Signed[]>;
  takeManifest(signed: Signed): Promise<Result<void>>;
  /** A higher generation ends the user's devices once its letter is used. The same attestation again succeeds and is no news (P6). */
  takeAttestation(signed: Signed): Promise<Result<TakenAttestation>>;
};

/** @param rootHash hash of the root key, 32 bytes. @param now milliseconds. */
export function createOrganisation(options: {
  directory: DirectoryStore;
  rootHash: Uint8Array;
  now: () => number;
}): Organisation {
  const { directory, rootHash, now } = options;

  return {
    manifests: () => directory.manifests(),
    async takeManifest(signed) {
      const peeked = peekSigned(OrgManifest, signed);
      if (!peeked.ok) return peeked;
      const { rootKey, orgId, version, previous } = peeked.value;
      if (!equalBytes(rootKeyHash(rootKey), rootHash) || orgId !== orgIdOf(rootKey))
        return refuse("wrong-signer");
      const verified = await openSigned("OrgManifest", OrgManifest, signed, [rootKey]);
      if (!verified.ok) return verified;
      const known = await directory.manifests();
      const same = known[version - 1];
      if (same) return equalBytes(same.payload, signed.payload) ? ok(undefined) : refuse("outdated");
      if (version !== known.length + 1) return refuse("broken-chain");
      const last = known.at(-1);
      const fits = last
        ? previous !== null && equalBytes(previous, manifestHash(last.payload))
        : previous === null;
      if (!fits) return refuse("broken-chain");
      return (await directory.addManifest(version, signed)) ? ok(undefined) : refuse("outdated");
    },
    async takeAttestation(signed) {
      const peeked = peekSigned(UserAttestation, signed);
      if (!peeked.ok) return peeked;
      const manifest = await newestManifest(directory);
      const { unitId, userId, generation, orgId, validFrom, activationKey, activateUntil } = peeked.value;
      if (!manifest || orgId !== manifest.orgId) return refuse("wrong-signer");
      const desks = manifest.deskKeys.filter(
        (desk) => desk.units.includes(unitId) && desk.validUntil > now(),
      );
      const desk = desks.find(({ key }) => signed.signatures.some((by) => equalBytes(by.key, key)));
      if (!desk) return refuse("wrong-signer");
      const verified = await openSigned("UserAttestation", UserAttestation, signed, [desk.key]);
      if (!verified.ok) return verified;
      const put = await directory.putAttestation({
        userId,
        generation,
        validFrom,
        attestation: signed,
        activationKey,
        activateUntil,
      });
      switch (put.outcome) {
        case "outdated":
          return refuse("outdated");
        case "again":
          return ok({ sequence: put.sequence, news: false });
        case "taken":
          return ok({ sequence: put.sequence, news: true });
      }
    },
  };
}
