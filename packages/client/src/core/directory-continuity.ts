/** Whether a directory entry may follow the one that a device has verified before. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Signed } from "@nimes/protocol/schema";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { DirectoryRecord } from "./records.ts";

/**
 * Within a generation the chain only grows: what was there stays, byte for byte (D1, D2). A new generation begins a new
 * chain; the server never goes back to an older one. An attestation of the same generation may only change while no
 * device stands on it.
 */
export function continues(before: DirectoryRecord, after: DirectoryRecord): boolean {
  if (after.user.generation !== before.user.generation) return after.user.generation > before.user.generation;
  const links = linksOf(after);
  return linksOf(before).every((link, index) => {
    const same = links[index];
    return same !== undefined && equalBytes(link.payload, same.payload);
  });
}

/** The chain that the user's devices stand on: a letter that nobody has used may stand in front of it. */
function linksOf({ entry, user }: DirectoryRecord): readonly Signed[] {
  const its = [entry, ...(entry.former ?? [])].find(({ attestation }) => {
    const peeked = peekSigned(UserAttestation, attestation);
    return peeked.ok && peeked.value.generation === user.generation;
  });
  return its?.links ?? [];
}

/** Whether somebody who had a device before has another one now. */
export const hasNewDevice = (before: DirectoryRecord | undefined, after: DirectoryRecord): boolean =>
  before !== undefined &&
  before.user.devices.length > 0 &&
  after.user.generation > before.user.generation &&
  after.user.devices.length > 0;
