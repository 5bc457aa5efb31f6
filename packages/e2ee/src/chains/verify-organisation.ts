/**
 * The organisation from its root key's hash down: every version of the manifest, each signed by the root and each
 * naming the one before (DESIGN §3). The letter names the organisation by 128 bits of that hash; nothing else is believed.
 */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import type { OrgId, UnitId } from "@nimes/protocol/ids";
import { orgIdOf, rootKeyHash } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";

export type VerifiedOrganisation = {
  orgId: OrgId;
  rootHash: Uint8Array;
  /** The newest version; what counts now. */
  manifest: OrgManifest;
  /** Who may attest. */
  desks: Desks;
  /** Version and payload hash of the newest version, to be kept and given as `known` next time. */
  head: ManifestHead;
};

/** Whether a desk key counts for a unit: it does, up to its end; it once did, and is missing now; or it never did. */
export type DeskStanding =
  | { state: "listed"; validUntil: number }
  | { state: "missing" }
  | { state: "unknown" };
/** @param key hexadecimal. */
export type Desks = { standing(key: string, unitId: UnitId): DeskStanding };

export type ManifestHead = { version: number; hash: Uint8Array };

/**
 * The root hash of a letter's organisation: an organisation's id is the first half of it.
 * @param orgId from the letter. @param manifests as the server gives them; nothing of them is verified here.
 * @returns `activation-foreign` when they are of another root.
 */
export function findRoot(orgId: OrgId, manifests: readonly Signed[]): Result<Uint8Array> {
  const [first] = manifests;
  if (!first) return refuse("not-found");
  const claimed = peekSigned(OrgManifest, first);
  if (!claimed.ok) return claimed;
  const { rootKey } = claimed.value;
  return orgIdOf(rootKey) === orgId ? ok(rootKeyHash(rootKey)) : refuse("activation-foreign");
}

/**
 * @param rootHash of this organisation, see `rootKeyHash` and `findRoot`.
 * @param manifests all versions, first version first.
 * @param known newest version verified before; an older or a different history is refused (D9).
 * @returns `activation-foreign` when another root signed, `broken-chain`, `outdated`, or why a signature does not hold.
 */
export async function verifyOrganisation(
  rootHash: Uint8Array,
  manifests: readonly Signed[],
  known?: ManifestHead,
): Promise<Result<VerifiedOrganisation>> {
  let newest: { manifest: OrgManifest; hash: Uint8Array } | undefined;
  const everListed = new Set<string>();
  let sawKnown = known === undefined;
  for (const signed of manifests) {
    const next = await verifyVersion(rootHash, signed);
    if (!next.ok) return next;
    const { manifest } = next.value;
    if (!follows(manifest, newest)) return refuse("broken-chain");
    if (known && manifest.version === known.version)
      sawKnown = equalBytes(next.value.hash, known.hash) || sawKnown;
    for (const { key, units } of manifest.deskKeys)
      for (const unitId of units) everListed.add(deskName(toHex(key), unitId));
    newest = next.value;
  }
  if (!newest) return refuse("not-found");
  if (known && newest.manifest.version < known.version) return refuse("outdated");
  if (!sawKnown) return refuse("broken-chain");
  const { manifest, hash } = newest;
  const desks = desksOf(manifest, everListed);
  return ok({ orgId: manifest.orgId, rootHash, manifest, desks, head: { version: manifest.version, hash } });
}

const deskName = (key: string, unitId: UnitId): string => `${key} ${unitId}`;

function desksOf({ deskKeys }: OrgManifest, everListed: ReadonlySet<string>): Desks {
  const listed = new Map<string, number>();
  for (const { key, units, validUntil } of deskKeys)
    for (const unitId of units) listed.set(deskName(toHex(key), unitId), validUntil);
  return {
    standing(key, unitId) {
      const name = deskName(key, unitId);
      const validUntil = listed.get(name);
      if (validUntil !== undefined) return { state: "listed", validUntil };
      return { state: everListed.has(name) ? "missing" : "unknown" };
    },
  };
}

async function verifyVersion(
  rootHash: Uint8Array,
  signed: Signed,
): Promise<Result<{ manifest: OrgManifest; hash: Uint8Array }>> {
  const claimed = peekSigned(OrgManifest, signed);
  if (!claimed.ok) return claimed;
  const { rootKey } = claimed.value;
  if (!equalBytes(rootKeyHash(rootKey), rootHash)) return refuse("activation-foreign");
  const manifest = await openSigned("OrgManifest", OrgManifest, signed, [rootKey]);
  if (!manifest.ok) return manifest;
  if (manifest.value.orgId !== orgIdOf(rootKey)) return refuse("malformed", "/orgId");
  return ok({ manifest: manifest.value, hash: manifestHash(signed.payload) });
}

function follows(
  next: OrgManifest,
  previous: { manifest: OrgManifest; hash: Uint8Array } | undefined,
): boolean {
  if (!previous) return next.version === 1 && next.previous === null;
  return (
    next.version === previous.manifest.version + 1 &&
    next.previous !== null &&
    equalBytes(next.previous, previous.hash) &&
    next.cipherSuite === previous.manifest.cipherSuite
  );
}
