/** Versions of the organisation's manifest, signed by its root. */
import type { UnitId } from "@nimes/protocol/ids";
import { orgIdOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Signed } from "@nimes/protocol/schema";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";

const yearMs = 365 * 24 * 60 * 60_000;
const manifestYears = 5;
const deskKeyYears = 2;
/** A phone whose clock is a little behind must not find a new signature to lie in the future. */
export const clockToleranceMs = limits.clockToleranceMs;

export type Unit = { id: UnitId; name: string };
export type SignedManifest = { manifest: OrgManifest; signed: Signed };

/** What a new version may change. */
export type ManifestChanges = Partial<
  Pick<OrgManifest, "units" | "deskKeys" | "policyKeys" | "revocationKeys" | "releaseKeys">
>;

/** An entry for a desk key that counts for these units for two years. */
export const deskKeyEntry = (key: Uint8Array, units: UnitId[], now: number) => ({
  key,
  units,
  validUntil: now + deskKeyYears * yearMs,
});

/** Version 1. */
export async function signFirstManifest(
  root: Signer,
  first: {
    name: string;
    units: Unit[];
    deskKeys: OrgManifest["deskKeys"];
    revocationKey: Uint8Array;
    policyKey: Uint8Array;
    now: number;
  },
): Promise<SignedManifest> {
  const manifest: OrgManifest = {
    orgId: orgIdOf(root.publicKey),
    version: 1,
    previous: null,
    name: first.name,
    rootKey: root.publicKey,
    cipherSuite: 1,
    units: first.units,
    deskKeys: first.deskKeys,
    revocationKeys: [first.revocationKey],
    policyKeys: [first.policyKey],
    validFrom: first.now - clockToleranceMs,
    validUntil: first.now + manifestYears * yearMs,
  };
  return { manifest, signed: await signStructure("OrgManifest", manifest, [root]) };
}

/** The next version, with changes. */
export async function signNextManifest(
  root: Signer,
  next: { before: SignedManifest; changes: ManifestChanges; now: number },
): Promise<SignedManifest> {
  const manifest: OrgManifest = {
    ...next.before.manifest,
    ...next.changes,
    version: next.before.manifest.version + 1,
    previous: manifestHash(next.before.signed.payload),
    validFrom: next.now - clockToleranceMs,
    validUntil: next.now + manifestYears * yearMs,
  };
  return { manifest, signed: await signStructure("OrgManifest", manifest, [root]) };
}
