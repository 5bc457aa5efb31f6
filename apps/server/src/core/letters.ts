/**
 * What the directory takes, as pure rules: both adapters ask them inside their transaction. Whoever has seen an old
 * attestation can send it again; it must neither come back nor make news.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { UnitId, UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { DeviceClass, Signed } from "@nimes/protocol/schema";

/** An attestation whose signature has been checked. */
export type NewAttestation = {
  userId: UserId;
  unitId: UnitId;
  generation: number;
  deviceClass: DeviceClass;
  /** Milliseconds from which the desk lets it count; newer ones have later ones. */
  validFrom: number;
  attestation: Signed;
  /** Of the desk that signed. */
  deskKey: Uint8Array;
  /** Names the letter. */
  activationKey: Uint8Array;
  activateUntil: number;
};

/** One attestation of a letter, and whether its desk key counts by the newest manifest. */
export type Attested = Pick<NewAttestation, "unitId" | "validFrom" | "attestation" | "deskKey"> & {
  counts: boolean;
};

/** A letter: whoever has its secret makes the one device of its generation. */
export type Letter = Pick<
  NewAttestation,
  "generation" | "deviceClass" | "activationKey" | "activateUntil"
> & {
  used: boolean;
  /** At least one, oldest first. */
  attested: Attested[];
  /** Of the device that was made with it. */
  genesis?: Signed;
};

/** An officer leaves a unit; the signature has been checked. */
export type Transfer = {
  userId: UserId;
  generation: number;
  from: UnitId;
  to: UnitId;
  transfer: Signed;
  byRoot: boolean;
};

/**
 * `again` is the same; `another-desk` joins the attestations of its letter, and `drop` makes room for it; `next-generation`
 * waits beside the one before until it is used; `taken` replaces a letter that was not used; `foreign-unit` lacks a
 * transfer.
 */
export type AttestationVerdict =
  | { verdict: "taken" | "next-generation" | "again" | "outdated" | "foreign-unit" }
  | { verdict: "another-desk"; drop?: Attested };

/** The attestation that says who an officer is by this letter: the latest that counts, else the latest. */
export function attestedBy({ attested }: Letter): Attested {
  const counting = attested.filter(({ counts }) => counts);
  const [first, ...others] = counting.length > 0 ? counting : attested;
  if (!first) throw new Error("A letter without an attestation");
  return others.reduce((best, one) => (one.validFrom >= best.validFrom ? one : best), first);
}

export const countsNow = ({ attested }: Letter): boolean => attested.some(({ counts }) => counts);

/** The letter that is in force: the highest that counts; where none does, the highest. */
export const newestLetter = (letters: readonly Letter[]): Letter | undefined =>
  byGeneration(letters).findLast(countsNow) ?? byGeneration(letters).at(-1);

export const byGeneration = (letters: readonly Letter[]): Letter[] =>
  [...letters].sort((a, b) => a.generation - b.generation);

/** The highest used letter that counts below a generation: whose unit the next one has to keep. */
export const usedBelow = (letters: readonly Letter[], generation: number): Letter | undefined =>
  byGeneration(letters).findLast(
    (letter) => letter.used && countsNow(letter) && letter.generation < generation,
  );

/** @param letters of this user. @param transfers of this user. */
export function judgeAttestation(
  letters: readonly Letter[],
  transfers: readonly Transfer[],
  next: NewAttestation,
): AttestationVerdict {
  const same = letters.find(
    (letter) => letter.generation === next.generation && equalBytes(letter.activationKey, next.activationKey),
  );
  if (same) return judgeAnotherDesk(same, next, same === newestLetter(letters));
  const newest = letters.some(countsNow) ? newestLetter(letters) : undefined;
  const reached = newest?.generation ?? 0;
  // No single signature may use up the numbers.
  if (next.generation < reached || next.generation > reached + limits.maxNumberStep)
    return { verdict: "outdated" };
  if (newest && next.generation === reached) {
    if (newest.used || next.validFrom < attestedBy(newest).validFrom) return { verdict: "outdated" };
    if (attestedBy(newest).unitId !== next.unitId) return { verdict: "foreign-unit" };
  }
  const before = usedBelow(letters, next.generation);
  if (before && !mayFollow(before, transfers, next)) return { verdict: "foreign-unit" };
  if (letters.filter((letter) => letter.used && countsNow(letter)).length >= limits.maxGenerations / 2)
    return { verdict: "outdated" };
  return { verdict: newest && next.generation > reached ? "next-generation" : "taken" };
}

/** The unit is the one before, or a transfer says that it may be another. */
const mayFollow = (before: Letter, transfers: readonly Transfer[], next: { unitId: UnitId }): boolean =>
  attestedBy(before).unitId === next.unitId || transferFor(before, transfers, next.unitId) !== undefined;

/** What lets a letter of unit `to` follow. */
export const transferFor = (
  before: Letter,
  transfers: readonly Transfer[],
  to: UnitId,
): Transfer | undefined =>
  transfers.find(
    (one) => one.generation === before.generation && one.from === attestedBy(before).unitId && one.to === to,
  );

/** Same person, same letter, same device: only name, duty and validity may be said anew. */
function judgeAnotherDesk(letter: Letter, next: NewAttestation, isNewest: boolean): AttestationVerdict {
  const { attested } = letter;
  if (attested.some(({ attestation }) => equalBytes(attestation.payload, next.attestation.payload)))
    return { verdict: isNewest ? "again" : "outdated" };
  const latest = attestedBy(letter);
  const fits =
    latest.unitId === next.unitId &&
    letter.deviceClass === next.deviceClass &&
    letter.activateUntil === next.activateUntil &&
    (!latest.counts || next.validFrom > latest.validFrom);
  if (!fits) return { verdict: "outdated" };
  if (attested.length < limits.maxAttestationsOfLetter) return { verdict: "another-desk" };
  // The first stays: it says when the letter was written.
  const [, ...others] = attested;
  const drop = others.find(({ counts }) => !counts) ?? others[0];
  return { verdict: "another-desk", ...(drop && { drop }) };
}

/** What the root has signed is not replaced by what a desk signs. */
export const mayReplace = (known: Transfer | undefined, next: Transfer): boolean =>
  !known || next.byRoot || !known.byRoot;
