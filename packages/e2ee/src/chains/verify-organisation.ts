/**
 * The organisation from its root key's hash down: every version of the manifest, each signed by the root and each
 * naming the one before (DESIGN §3). The hash stands in the activation link; nothing else is believed.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { OrgId } from "@nimes/protocol/ids";
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
  /** Version and payload hash of the newest version, to be kept and given as `known` next time. */
  head: ManifestHead;
};

export type ManifestHead = { version: number; hash: Uint8Array };

/**
 * @param rootHash from the activation link, see `rootKeyHash`.
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
  let sawKnown = known === undefined;
  for (const signed of manifests) {
    const next = await verifyVersion(rootHash, signed);
    if (!next.ok) return next;
    const { manifest } = next.value;
    if (!follows(manifest, newest)) return refuse("broken-chain");
    if (known && manifest.version === known.version)
      sawKnown = equalBytes(next.value.hash, known.hash) || sawKnown;
    newest = next.value;
  }
  if (!newest) return refuse("not-found");
  if (known && newest.manifest.version < known.version) return refuse("outdated");
  if (!sawKnown) return refuse("broken-chain");
  const { manifest, hash } = newest;
  return ok({ orgId: manifest.orgId, rootHash, manifest, head: { version: manifest.version, hash } });
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
