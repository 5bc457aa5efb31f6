/**
 * What was seen of an officer stays: a directory entry adds to it and takes nothing away (D2). So a device that has ended,
 * or stands below a generation that was seen, has ended whatever the server leaves out later, and the first genesis of a
 * letter that this device saw is its genesis (D11).
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { limits } from "@nimes/protocol/limits";
import type { Checked, CheckedGeneration, CheckedUser } from "./checked-user.ts";

export type Merged = {
  user: CheckedUser;
  /** The entry leaves out or replaces a device that was there: no honest server does (D1, D2). */
  contradicts: boolean;
};

/** @param before what is kept; undefined for somebody who was not known. */
export function mergeUser(before: CheckedUser | undefined, entry: CheckedUser): Merged {
  if (!before) return { user: entry, contradicts: false };
  let contradicts = false;
  const kept: CheckedGeneration[] = [];
  for (const seen of before.generations) {
    const same = entry.generations.find((one) => isSameLetter(one, seen));
    const isOther = seen.genesis && !(same?.genesis && equalBytes(same.genesis.hash, seen.genesis.hash));
    if (isOther) contradicts = true;
    if (same) kept.push(mergeGeneration(seen, same));
    // A letter that nobody used is replaced by a newer one, and leaves no trace.
    else if (seen.genesis) kept.push(seen);
  }
  const fresh = entry.generations.filter(
    (one) => !before.generations.some((seen) => isSameLetter(one, seen)),
  );
  const all = [...kept, ...fresh].sort((a, b) => a.generation - b.generation);
  return {
    user: { userId: before.userId, generations: all.slice(0, 2 * limits.maxGenerations) },
    contradicts,
  };
}

const isSameLetter = (one: CheckedGeneration, other: CheckedGeneration): boolean =>
  one.generation === other.generation && one.activationKey === other.activationKey;

function mergeGeneration(seen: CheckedGeneration, next: CheckedGeneration): CheckedGeneration {
  const genesis = seen.genesis ?? next.genesis;
  return {
    generation: seen.generation,
    activationKey: seen.activationKey,
    attestations: union(seen.attestations, next.attestations),
    transfers: union(seen.transfers, next.transfers),
    ...(genesis && { genesis }),
  };
}

/** The first and the latest of them, where there are more than anybody needs. */
function union<Structure extends { [field: string]: unknown }>(
  seen: readonly Checked<Structure>[],
  next: readonly Checked<Structure>[],
): Checked<Structure>[] {
  const fresh = next.filter(
    (one) =>
      !seen.some(
        (known) => isEqual(known.says, one.says) && one.signers.every((key) => known.signers.includes(key)),
      ),
  );
  const all = [...seen, ...fresh];
  const most = 2 * limits.maxAttestationsOfLetter;
  return all.length <= most ? all : [...all.slice(0, most / 2), ...all.slice(-most / 2)];
}

const isEqual = (one: Record<string, unknown>, other: Record<string, unknown>): boolean =>
  Object.entries(one).every(([field, value]) => {
    const its = other[field];
    return value instanceof Uint8Array && its instanceof Uint8Array ? equalBytes(value, its) : value === its;
  });
