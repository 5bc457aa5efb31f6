/**
 * An officer by what the newest manifest says of those who signed (DESIGN §3). Pure, without a signature and without a
 * clock, so that every client comes to the same result, and a whole directory is judged anew in a moment.
 */
import { toHex } from "@nimes/protocol/bytes";
import { formatClientId } from "@nimes/protocol/ids";
import type { Refusal, Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DeviceLink } from "@nimes/protocol/signed/device-link";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { hasPlausibleTimes } from "@nimes/protocol/signed/user-attestation";
import type { Checked, CheckedGeneration, CheckedUser } from "./checked-user.ts";
import type { EndedDevice, VerifiedDevice, VerifiedUser } from "./verified-user.ts";
import type { VerifiedOrganisation } from "./verify-organisation.ts";

/** A generation that some desk of this organisation has attested. */
type Judged = { source: CheckedGeneration; attestation: UserAttestation; counts: boolean };

/**
 * @returns the user, with no device while no letter has been used; `wrong-signer` when no desk of the unit ever signed (D6),
 *   `broken-chain` when the shown genesis fits no attestation of its letter (D11).
 */
export function judgeUser(
  organisation: VerifiedOrganisation,
  { userId, generations }: CheckedUser,
): Result<VerifiedUser> {
  const all = generations.map((source) => judgeGeneration(organisation, source));
  const known = all.flatMap((judged) => (judged.ok ? [judged.value] : []));
  const last = known.at(-1);
  if (!last) return all.find((judged) => !judged.ok) ?? refuse("not-found");
  const used = standing(organisation, known);
  const waiting = known.findLast(({ source, counts }) => counts && !source.genesis);
  const current = used.at(-1) ?? waiting;
  const { attestation } = current ?? last;
  const counting = new Set(used.map(({ source }) => source));
  return ok({
    userId,
    attested: current !== undefined,
    displayName: attestation.displayName,
    unitId: attestation.unitId,
    function: attestation.function,
    generation: attestation.generation,
    validFrom: attestation.validFrom,
    validUntil: attestation.validUntil,
    devices: used.slice(-1).flatMap(deviceOf),
    ended: endedBy(used),
    revoked: known.filter(({ source }) => !counting.has(source)).flatMap(deviceOf),
  });
}

/**
 * Parts what a desk of this organisation has ever attested from what nobody has, or does not fit: only the former is kept.
 * @returns why the highest of the others is refused.
 */
export function keepJudgeable(
  organisation: VerifiedOrganisation,
  { userId, generations }: CheckedUser,
): { user: CheckedUser; refusal?: Refusal } {
  const judged = generations.map((source) => ({ source, verdict: judgeGeneration(organisation, source) }));
  const kept = judged.filter(({ verdict }) => verdict.ok).map(({ source }) => source);
  const refused = judged.findLast(({ verdict }) => !verdict.ok)?.verdict;
  return { user: { userId, generations: kept }, ...(refused && !refused.ok && { refusal: refused }) };
}

/**
 * Which attestation of a letter says who this is: the latest of a desk that counts, else the latest of one that once did.
 * A genesis names unit and class, so that attesting again can change neither (docs/adr/0023).
 */
function judgeGeneration(organisation: VerifiedOrganisation, source: CheckedGeneration): Result<Judged> {
  const link = source.genesis?.link;
  const standings = source.attestations.map((checked) => ({
    checked,
    by: bestSigner(organisation, checked),
  }));
  const known = standings.filter(({ by }) => by !== "unknown");
  if (known.length === 0) return refuse("wrong-signer");
  const earliest = Math.min(...known.map(({ checked }) => checked.says.validFrom));
  const fitting = known.filter(({ checked }) => !link || fits(link, checked.says, earliest));
  const latest = (of: "listed" | "missing"): UserAttestation | undefined =>
    fitting
      .filter(({ by }) => by === of)
      .map(({ checked }) => checked.says)
      .reduce<UserAttestation | undefined>(
        (best, one) => (best && best.validFrom >= one.validFrom ? best : one),
        undefined,
      );
  const counting = latest("listed");
  const attestation = counting ?? latest("missing");
  if (!attestation) return refuse("broken-chain");
  return ok({ source, attestation, counts: counting !== undefined });
}

/** A desk key counts only for its units and only for what it signed before its end. */
function bestSigner(
  { orgId, desks }: VerifiedOrganisation,
  { says, signers }: Checked<UserAttestation>,
): "listed" | "missing" | "unknown" {
  if (says.orgId !== orgId || !hasPlausibleTimes(says)) return "unknown";
  const standings = signers.map((key) => desks.standing(key, says.unitId));
  if (standings.some((one) => one.state === "listed" && says.validFrom <= one.validUntil)) return "listed";
  return standings.some(({ state }) => state === "missing") ? "missing" : "unknown";
}

const fits = (link: DeviceLink, attestation: UserAttestation, writtenAt: number): boolean =>
  link.unitId === attestation.unitId &&
  link.deviceClass === attestation.deviceClass &&
  link.time >= writtenAt &&
  link.time <= attestation.activateUntil;

/**
 * The generations that have a device and count, ascending: each of the unit of the one before, or with a transfer. A letter
 * that nobody has used is left out: whoever shows one, a desk or the server, must not end a device that is in use
 * (docs/adr/0016). Of two letters of one number the one that was seen first stays (D11).
 */
function standing(organisation: VerifiedOrganisation, known: readonly Judged[]): Judged[] {
  const used: Judged[] = [];
  for (const next of known) {
    if (!next.counts || !next.source.genesis) continue;
    const before = used.at(-1);
    if (before && before.attestation.generation === next.attestation.generation) continue;
    if (!before || mayFollow(organisation, before.attestation, next)) used.push(next);
  }
  return used;
}

function mayFollow(
  { manifest, desks }: VerifiedOrganisation,
  before: UserAttestation,
  { attestation, source }: Judged,
): boolean {
  if (before.unitId === attestation.unitId) return true;
  const root = toHex(manifest.rootKey);
  return source.transfers.some(({ says, signers }) => {
    const isMeant =
      says.orgId === attestation.orgId &&
      says.generation === before.generation &&
      says.from === before.unitId &&
      says.to === attestation.unitId;
    const counts = (key: string): boolean => {
      const desk = desks.standing(key, says.from);
      return key === root || (desk.state === "listed" && says.time <= desk.validUntil);
    };
    return isMeant && signers.some(counts);
  });
}

/** A device ends at the moment that the genesis of the next used generation names. */
const endedBy = (used: readonly Judged[]): EndedDevice[] =>
  used.flatMap((judged, index) => {
    const next = used[index + 1]?.source.genesis;
    return next ? deviceOf(judged).map((device) => ({ ...device, until: next.link.time })) : [];
  });

function deviceOf({ source }: Judged): VerifiedDevice[] {
  const link = source.genesis?.link;
  if (!link) return [];
  const { deviceId, deviceKey, deviceClass, mlsThumbprint, time } = link;
  return [{ clientId: formatClientId(link), deviceId, deviceKey, deviceClass, mlsThumbprint, since: time }];
}
