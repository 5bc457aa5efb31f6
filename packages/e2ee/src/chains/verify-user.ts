/**
 * An officer from the organisation down: the attestation that a desk of the officer's unit signed, and the device
 * chain that the activation letter begins (DESIGN §3). Judged by the signed times alone, never by a clock, so that
 * every client comes to the same result.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { deviceIdOf, formatClientId, type UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { attestationHash } from "@nimes/protocol/signed/hashes";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { EndedDevice, VerifiedDevice, VerifiedUser } from "./verified-user.ts";
import type { VerifiedOrganisation } from "./verify-organisation.ts";

/**
 * @param entry as the server gave it.
 * @returns the user, with no device while no letter has been used; `wrong-signer` when no desk of the unit signed or a
 *   device key is missing among the signers (D5, D6), `broken-chain` for a second genesis or one after its date (D11),
 *   `bad-signature` also for a signature of another structure (D7).
 */
export async function verifyUser(
  organisation: VerifiedOrganisation,
  entry: Pick<DirectoryEntry, "userId" | "attestation" | "links" | "former">,
): Promise<Result<VerifiedUser>> {
  const shown = await verifyGeneration(organisation, entry.userId, entry);
  if (!shown.ok) return shown;
  const used = await usedGenerations(organisation, entry, shown.value);
  const current = used.at(-1) ?? shown.value;
  const { attestation, devices } = current;
  return ok({
    userId: attestation.userId,
    displayName: attestation.displayName,
    unitId: attestation.unitId,
    function: attestation.function,
    generation: attestation.generation,
    validUntil: attestation.validUntil,
    devices,
    ended: endedBy(used),
  });
}

type Generation = { attestation: UserAttestation; devices: VerifiedDevice[] };

async function verifyGeneration(
  organisation: VerifiedOrganisation,
  userId: UserId,
  signed: { attestation: Signed; links: readonly Signed[] },
): Promise<Result<Generation>> {
  const attested = await verifyAttestation(organisation, signed.attestation);
  if (!attested.ok) return attested;
  const attestation = attested.value;
  if (attestation.userId !== userId) return refuse("malformed", "/userId");
  const devices: VerifiedDevice[] = [];
  for (const link of signed.links) {
    if (devices.length > 0) return refuse("broken-chain");
    const device = await verifyGenesis(attestation, signed.attestation, link);
    if (!device.ok) return device;
    devices.push(device.value);
  }
  return ok({ attestation, devices });
}

/**
 * The generations that have a device, ascending. What of the former ones does not verify any more, because its desk key is
 * gone, is left out: it would only have explained old leaves. A letter that nobody has used is left out, too: whoever
 * shows one, a desk or the server, must not end a device that is in use (docs/adr/0016).
 */
async function usedGenerations(
  organisation: VerifiedOrganisation,
  { userId, former = [] }: Pick<DirectoryEntry, "userId" | "former">,
  shown: Generation,
): Promise<Generation[]> {
  const used = shown.devices.length > 0 ? [shown] : [];
  let above = shown.attestation.generation;
  for (const signed of former.toReversed()) {
    const verified = await verifyGeneration(organisation, userId, signed);
    if (!verified.ok || verified.value.devices.length === 0) continue;
    if (verified.value.attestation.generation >= above) continue;
    used.unshift(verified.value);
    above = verified.value.attestation.generation;
  }
  return used;
}

/** A device ends at the moment that the genesis of the next used generation names. */
function endedBy(used: readonly Generation[]): EndedDevice[] {
  return used.flatMap(({ devices }, index) => {
    const [genesis] = used[index + 1]?.devices ?? [];
    return genesis ? devices.map((device) => ({ ...device, until: genesis.since })) : [];
  });
}

/**
 * A desk key counts only for its units and only for what it signed before its end. Once it is missing from the newest
 * manifest, nothing that it signed counts: a key that retires stays listed with its end, one that was stolen goes.
 */
export async function verifyAttestation(
  organisation: VerifiedOrganisation,
  signed: Signed,
): Promise<Result<UserAttestation>> {
  const claimed = peekSigned(UserAttestation, signed);
  if (!claimed.ok) return claimed;
  const { manifest } = organisation;
  const { unitId, orgId, validFrom } = claimed.value;
  if (orgId !== manifest.orgId) return refuse("wrong-signer");
  const desk = manifest.deskKeys.find(
    ({ key, units, validUntil }) =>
      units.includes(unitId) &&
      validFrom <= validUntil &&
      signed.signatures.some((signature) => equalBytes(signature.key, key)),
  );
  if (!desk) return refuse("wrong-signer");
  return openSigned("UserAttestation", UserAttestation, signed, [desk.key]);
}

async function verifyGenesis(
  attestation: UserAttestation,
  signedAttestation: Signed,
  signed: Signed,
): Promise<Result<VerifiedDevice>> {
  const claimed = peekSigned(DeviceLink, signed);
  if (!claimed.ok) return claimed;
  const required = [attestation.activationKey, claimed.value.deviceKey];
  const opened = await openSigned("DeviceLink", DeviceLink, signed, required);
  if (!opened.ok) return opened;
  const link = opened.value;
  const fits =
    link.orgId === attestation.orgId &&
    link.userId === attestation.userId &&
    link.generation === attestation.generation &&
    link.deviceClass === attestation.deviceClass &&
    link.sequence === 0 &&
    link.previous === null &&
    link.time >= attestation.validFrom &&
    link.time <= attestation.activateUntil &&
    link.deviceId === deviceIdOf(link.deviceKey) &&
    equalBytes(link.attestation, attestationHash(signedAttestation.payload));
  if (!fits) return refuse("broken-chain");
  return ok({
    clientId: formatClientId(link),
    deviceId: link.deviceId,
    deviceKey: link.deviceKey,
    deviceClass: link.deviceClass,
    mlsThumbprint: link.mlsThumbprint,
    since: link.time,
  });
}
