/** Whether a directory entry may follow the one that a device has verified before. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { DirectoryRecord } from "./records.ts";

/**
 * Within a generation the chain only grows: what was there stays, byte for byte (D1, D2). A new generation begins a new
 * chain; the server never goes back to an older one. An attestation of the same generation may only change while no
 * device stands on it.
 */
export function continues(before: DirectoryRecord, after: DirectoryRecord): boolean {
  if (after.user.generation !== before.user.generation) return after.user.generation > before.user.generation;
  const links = after.entry.links;
  if (links.length < before.entry.links.length) return false;
  return before.entry.links.every((link, index) => {
    const same = links[index];
    return same !== undefined && equalBytes(link.payload, same.payload);
  });
}

/** Whether somebody who had a device before has another one now. */
export const hasNewDevice = (before: DirectoryRecord | undefined, after: DirectoryRecord): boolean =>
  before !== undefined &&
  before.user.devices.length > 0 &&
  after.user.generation > before.user.generation &&
  after.user.devices.length > 0;
