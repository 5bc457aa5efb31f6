/** Takes attestations and transfers of officers, signed by desks that count, and says what a desk has attested. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UnitId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { AttestedLetter } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { AttestationQuery } from "@nimes/protocol/signed/attestation-query";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { hasPlausibleTimes, UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { UserTransfer } from "@nimes/protocol/signed/user-transfer";
import type { DirectoryStore } from "../ports/directory-store.ts";
import { newestManifest } from "./manifest-keys.ts";
import type { Nonces } from "./nonces.ts";

export type TakenAttestation = { sequence: number; news: boolean };

export type Attesting = {
  /** A higher generation ends the user's devices once its letter is used. The same attestation again succeeds and is no news (P6). */
  take(signed: Signed): Promise<Result<TakenAttestation>>;
  /** @returns the directory's newest number. */
  takeTransfer(signed: Signed): Promise<Result<number>>;
  /** For the root, a revocation key, which must find whose phone is lost, or another desk of the same units. */
  query(signed: Signed): Promise<Result<{ attested: AttestedLetter[]; next: number | null }>>;
};

/** @param now milliseconds. */
export function createAttesting(options: {
  directory: DirectoryStore;
  nonces: Nonces;
  now: () => number;
}): Attesting {
  const { directory, nonces, now } = options;
  const isInFuture = (time: number): boolean => time > now() + limits.clockToleranceMs;

  /** A desk that may sign for a unit today, among those that have signed. */
  const deskOf = (manifest: OrgManifest, unitId: UnitId, signed: Signed): Uint8Array | undefined =>
    manifest.deskKeys.find(
      ({ key, units, validUntil }) => units.includes(unitId) && validUntil > now() && isSignedBy(signed, key),
    )?.key;

  return {
    async take(signed) {
      const peeked = peekSigned(UserAttestation, signed);
      if (!peeked.ok) return peeked;
      const manifest = await newestManifest(directory);
      const { unitId, userId, generation, deviceClass, orgId, validFrom, activationKey, activateUntil } =
        peeked.value;
      // One signature, so that it is plain whose key vouches for it.
      if (!manifest || orgId !== manifest.orgId || signed.signatures.length !== 1)
        return refuse("wrong-signer");
      const deskKey = deskOf(manifest, unitId, signed);
      if (!deskKey) return refuse("wrong-signer");
      const verified = await openSigned("UserAttestation", UserAttestation, signed, [deskKey]);
      if (!verified.ok) return verified;
      if (isInFuture(validFrom) || !hasPlausibleTimes(peeked.value)) return refuse("clock-wrong");
      const put = await directory.putAttestation({
        userId,
        unitId,
        generation,
        deviceClass,
        validFrom,
        attestation: signed,
        deskKey,
        activationKey,
        activateUntil,
      });
      switch (put.outcome) {
        case "outdated":
          return refuse("outdated");
        case "foreign-unit":
          return refuse("transfer-required");
        case "again":
          return ok({ sequence: put.sequence, news: false });
        case "taken":
          return ok({ sequence: put.sequence, news: true });
      }
    },
    async takeTransfer(signed) {
      const peeked = peekSigned(UserTransfer, signed);
      if (!peeked.ok) return peeked;
      const manifest = await newestManifest(directory);
      const { orgId, userId, generation, from, to, time } = peeked.value;
      if (!manifest || orgId !== manifest.orgId) return refuse("wrong-signer");
      const byRoot = isSignedBy(signed, manifest.rootKey);
      const key = byRoot ? manifest.rootKey : deskOf(manifest, from, signed);
      if (!key) return refuse("wrong-signer");
      const verified = await openSigned("UserTransfer", UserTransfer, signed, [key]);
      if (!verified.ok) return verified;
      if (isInFuture(time)) return refuse("clock-wrong");
      return ok(await directory.putTransfer({ userId, generation, from, to, transfer: signed, byRoot }));
    },
    async query(signed) {
      const peeked = peekSigned(AttestationQuery, signed);
      if (!peeked.ok) return peeked;
      const manifest = await newestManifest(directory);
      const { orgId, deskKey, after, nonce } = peeked.value;
      if (!manifest || orgId !== manifest.orgId) return refuse("wrong-signer");
      const whole = [manifest.rootKey, ...manifest.revocationKeys].find((key) => isSignedBy(signed, key));
      const asks = whole
        ? { key: whole, units: undefined }
        : manifest.deskKeys.find(({ key, validUntil }) => validUntil > now() && isSignedBy(signed, key));
      if (!asks) return refuse("wrong-signer");
      const verified = await openSigned("AttestationQuery", AttestationQuery, signed, [asks.key]);
      if (!verified.ok) return verified;
      if (!nonces.isFresh(nonce)) return refuse("nonce-required");
      const limit = limits.maxAttestedPage;
      const rows = await directory.attestedBy(deskKey, { after, limit });
      const mine = rows.filter(({ attestation }) => {
        const attested = peekSigned(UserAttestation, attestation);
        return !asks.units || (attested.ok && asks.units.includes(attested.value.unitId));
      });
      return ok({
        attested: mine.map(({ attestation, used }) => ({ attestation, used })),
        next: rows.length < limit ? null : (rows.at(-1)?.at ?? null),
      });
    },
  };
}

const isSignedBy = (signed: Signed, key: Uint8Array): boolean =>
  signed.signatures.some((by) => equalBytes(by.key, key));
