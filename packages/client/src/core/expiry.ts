/** When a message has to go from this device (DESIGN §7). Pure. */
import { limits } from "@nimes/protocol/limits";
import type { StoredMessage } from "./stored-item.ts";

/**
 * Milliseconds since 1970. The policy's time runs from the earlier of the sender's time and the time of receipt, so that
 * no wrong clock prolongs it; what nobody has seen yet is kept until it was, at most as long as the server keeps entries.
 */
export function expiresAt(
  { sentAt, acceptedAt = sentAt }: StoredMessage,
  { lifetimeMs, seen }: { lifetimeMs: number; seen: boolean },
): number {
  const from = Math.min(sentAt, acceptedAt);
  return from + (seen ? lifetimeMs : Math.max(lifetimeMs, limits.entryLifetimeMs));
}
