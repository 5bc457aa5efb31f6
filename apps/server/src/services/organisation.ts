/**
 * Takes manifests: whatever stands on the organisation root that this server was set up with, and nothing else. Nobody
 * needs an account for it. A new one says anew whose word counts: devices whose desk key was stolen end, and rules and orders
 * of a key that was struck out hold no more.
 */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { orgIdOf, rootKeyHash } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import { manifestHash } from "@nimes/protocol/signed/hashes";
import { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { DirectoryStore } from "../ports/directory-store.ts";
import type { HintBus } from "../ports/hint-bus.ts";
import type { KeyPackageStore } from "../ports/key-package-store.ts";
import type { RulesStore } from "../ports/rules-store.ts";
import { newestManifest } from "./manifest-keys.ts";

export type Organisation = {
  manifests(): Promise<Signed[]>;
  takeManifest(signed: Signed): Promise<Result<void>>;
  /** Judges every device by the newest manifest; also at a start, should the server have died in between. */
  judgeAnew(): Promise<void>;
};

/** @param rootHash hash of the root key, 32 bytes. */
export function createOrganisation(options: {
  directory: DirectoryStore;
  keyPackages: Pick<KeyPackageStore, "drop">;
  rules: Pick<RulesStore, "judgeKeys" | "policy">;
  hints: HintBus;
  rootHash: Uint8Array;
  now: () => number;
}): Organisation {
  const { directory, keyPackages, rules, hints, rootHash, now } = options;

  async function judgeRules(manifest: OrgManifest): Promise<void> {
    const { changed, locked } = await rules.judgeKeys(manifest, now());
    if (!changed) return;
    hints.publish({ of: "orders-changed" });
    for (const deviceId of locked) hints.publish({ of: "content-closed", deviceId, code: "device-locked" });
    if ((await rules.policy())?.privateAllowed === false)
      hints.publish({ of: "content-closed", deviceClass: "private", code: "private-not-allowed" });
  }

  async function judgeAnew(): Promise<void> {
    const manifest = await newestManifest(directory);
    if (!manifest) return;
    await judgeRules(manifest);
    const ends = new Map<string, number>();
    for (const { key, units, validUntil } of manifest.deskKeys)
      for (const unitId of units) ends.set(`${toHex(key)} ${unitId}`, validUntil);
    const { revoked } = await directory.judgeDesks(({ key, unitId }) => ends.get(`${toHex(key)} ${unitId}`));
    for (const deviceId of revoked) {
      // Nobody adds it any more; its second step stays, because another desk may vouch for it again.
      await keyPackages.drop(deviceId);
      hints.publish({ of: "signed-out", deviceId, code: "device-ended" });
    }
  }

  return {
    manifests: () => directory.manifests(),
    judgeAnew,
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
      if (!(await directory.addManifest(version, signed))) return refuse("outdated");
      await judgeAnew();
      return ok(undefined);
    },
  };
}
