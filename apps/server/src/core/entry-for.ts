/** The entry that a submission becomes. */
import type { FullEntry } from "@nimes/protocol/entry";
import type { AppendRequest } from "./append-request.ts";
import type { Appended } from "./append-verdict.ts";

export function entryFor(
  { sender, submissionId, bytes, devices, what }: AppendRequest,
  { kind, epoch, head }: Appended,
): FullEntry {
  return {
    sequence: head.sequence,
    kind,
    epoch,
    sender,
    submissionId,
    time: head.time,
    bytes,
    ...(devices && { devices: [...devices] }),
    ...("rejoin" in what && what.rejoin && { rejoin: what.rejoin }),
  };
}
