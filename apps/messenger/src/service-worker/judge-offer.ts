/**
 * Whether what a server offers is a release of this organisation. The chain is short: the root key, pinned at the first
 * installation, has signed which keys sign releases; one of these has signed the hashes of all files.
 */
import { concat, equalBytes, toHex, utf8 } from "@nimes/protocol/bytes";
import { verifySignature } from "@nimes/protocol/signed/signature";
import type { OrganisationKeys, Release, SignedBytes } from "./read-signed.ts";
import { hashOf, readOrganisationKeys, readRelease, readSigned } from "./read-signed.ts";
import type { Outcome } from "./refusal.ts";
import { refused } from "./refusal.ts";

/** What this browser goes by, and never behind. */
export type Pin = {
  /** Of the organisation; the one that stands in every activation letter. Hexadecimal. */
  rootHash: string;
  organisationVersion: number;
  release: { id: string; time: number };
  /**
   * When each release key, hexadecimal, last signed what was taken here: no release goes behind that. A key that the root
   * has taken out is forgotten, so that nothing a thief signed with it stands before what the next key signs.
   */
  floors: Readonly<Record<string, number>>;
};
export type Offered = { organisation: Uint8Array; release: Uint8Array };

/**
 * @param pin undefined at the first installation.
 * @returns the release, and the pin once all its files have been verified.
 */
export async function judgeOffer(
  pin: Pin | undefined,
  offered: Offered,
): Promise<Outcome<{ release: Release; pin: Pin }>> {
  const organisationSigned = readSigned(offered.organisation);
  const releaseSigned = readSigned(offered.release);
  if (!organisationSigned || !releaseSigned) return refused({ reason: "unsigned" });
  const organisation = readOrganisationKeys(organisationSigned.payload);
  if (!organisation) return refused({ reason: "forged" });
  const rootHash = await rootHashOf(organisation.rootKey);
  if (pin && pin.rootHash !== rootHash) return refused({ reason: "foreign" });
  const byRoot = await signersOf("OrgManifest", organisationSigned, [organisation.rootKey]);
  const signers = await signersOf("ReleaseManifest", releaseSigned, organisation.releaseKeys);
  if (byRoot.length === 0 || signers.length === 0) return refused({ reason: "forged" });
  const release = await readRelease(releaseSigned.payload);
  // What is dated behind the organisation's own end stands before nothing: a key that was stolen blocks no years to come.
  if (!release || release.time > organisation.validUntil) return refused({ reason: "forged" });
  if (pin && isBehind(pin, organisation, release)) return refused({ reason: "older" });
  const { id, time } = release;
  const floors = { ...floorsOf(pin, organisation) };
  for (const key of signers) floors[key] = Math.max(floors[key] ?? 0, time);
  const organisationVersion = organisation.version;
  return {
    ok: true,
    value: { release, pin: { rootHash, organisationVersion, release: { id, time }, floors } },
  };
}

/** Versions only rise, so that a withdrawn key and a release with a hole stay what they are. */
function isBehind(pin: Pin, organisation: OrganisationKeys, release: Release): boolean {
  if (organisation.version < pin.organisationVersion) return true;
  if (release.id === pin.release.id) return false;
  return Object.values(floorsOf(pin, organisation)).some((floor) => release.time <= floor);
}

/** Of the keys that count today. */
function floorsOf(pin: Pin | undefined, { releaseKeys }: OrganisationKeys): Pin["floors"] {
  const listed = new Set(releaseKeys.map(toHex));
  return Object.fromEntries(Object.entries(pin?.floors ?? {}).filter(([key]) => listed.has(key)));
}

/** @returns those of the keys that have signed the bytes, hexadecimal. */
async function signersOf(
  type: "OrgManifest" | "ReleaseManifest",
  { payload, signatures }: SignedBytes,
  keys: readonly Uint8Array[],
): Promise<string[]> {
  const signers: string[] = [];
  for (const by of signatures)
    if (keys.some((key) => equalBytes(key, by.key)) && (await verifySignature(type, payload, by)))
      signers.push(toHex(by.key));
  return signers;
}

/** `rootKeyHash` of the protocol by WebCrypto: one implementation of SHA-256 is enough to be read here. */
const rootHashOf = (rootKey: Uint8Array): Promise<string> =>
  hashOf(concat(utf8("NIMes/root-key/v1"), Uint8Array.of(0), rootKey));
