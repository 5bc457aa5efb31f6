/** The manifest chain, verified from the hash of the root key. */
import { equalBytes } from "@nimes/protocol/bytes";
import { orgIdOf, rootKeyHash } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";

/** @returns the newest version, or why the chain does not stand on that root. */
export async function verifyManifests(
  rootHash: Uint8Array,
  manifests: readonly Signed[],
): Promise<Result<OrgManifest>> {
  let newest: OrgManifest | undefined;
  let previous: Uint8Array | null = null;
  for (const signed of manifests) {
    const peeked = peekSigned(OrgManifest, signed);
    if (!peeked.ok) return peeked;
    const { rootKey } = peeked.value;
    if (!equalBytes(rootKeyHash(rootKey), rootHash)) return refuse("wrong-signer");
    const opened = await openSigned("OrgManifest", OrgManifest, signed, [rootKey]);
    if (!opened.ok) return opened;
    const manifest: OrgManifest = opened.value;
    const follows = previous
      ? manifest.previous !== null && equalBytes(manifest.previous, previous)
      : manifest.previous === null;
    if (!follows || manifest.version !== (newest?.version ?? 0) + 1 || manifest.orgId !== orgIdOf(rootKey))
      return refuse("broken-chain");
    newest = manifest;
    previous = manifestHash(signed.payload);
  }
  return newest ? ok(newest) : refuse("not-found");
}
