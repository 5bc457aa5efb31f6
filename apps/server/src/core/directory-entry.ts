/** What the directory shows of a user, from all letters and devices: both adapters ask it. */
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";

export type Generation = { generation: number; attestation: Signed; links: Signed[] };

/**
 * The user's own generation and the lower ones that had a device. A letter above it has not been used: it is nobody's
 * business.
 * @param generations by number, ascending.
 */
export function directoryEntry(
  user: { userId: UserId; sequence: number; generation: number },
  generations: readonly Generation[],
): DirectoryEntry {
  const { userId, sequence, generation } = user;
  const current = generations.find((one) => one.generation === generation);
  if (!current) throw new Error("A user without an attestation");
  const former = generations
    .filter((one) => one.generation < generation && one.links.length > 0)
    .map(({ attestation, links }) => ({ attestation, links }));
  const { attestation, links } = current;
  return { sequence, userId, attestation, links, ...(former.length > 0 && { former }) };
}
