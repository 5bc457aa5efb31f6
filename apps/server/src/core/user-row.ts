import type { UserId } from "@nimes/protocol/ids";
import type { UserRow } from "../ports/directory-store.ts";
import type { Letter } from "./letters.ts";
import { attestedBy } from "./letters.ts";

/** A letter as the services see it. */
export function userRow(userId: UserId, letter: Letter): UserRow {
  const { generation, deviceClass, activationKey, activateUntil, used } = letter;
  const { unitId, validFrom, attestation, deskKey, counts } = attestedBy(letter);
  return {
    userId,
    unitId,
    generation,
    deviceClass,
    validFrom,
    attestation,
    deskKey,
    activationKey,
    activateUntil,
    used,
    counts,
  };
}
