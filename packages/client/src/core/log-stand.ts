/** Where the room log stands, which may be elsewhere than this device's own group. Pure. */
import type { LogStand } from "@nimes/e2ee/gate/judge-leave";
import { equalBytes, fromHex } from "@nimes/protocol/bytes";
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId } from "@nimes/protocol/ids";
import { readMlsHeader } from "@nimes/protocol/mls-header";
import type { RoomRecord } from "./room-record.ts";

/**
 * The log behind a commit, by its header: whether this device could open it, or refused it, makes no difference, so that
 * all who read the log have the same. One that is shown again ends nothing.
 */
export function standBehind(stand: LogStand, commit: FullEntry): LogStand {
  const header = readMlsHeader(commit.bytes);
  if (!header.ok || header.value.wireFormat !== "public-message") return stand;
  const { groupId, epoch } = header.value;
  const endsIt =
    epoch === stand.epoch && epoch === commit.epoch && equalBytes(groupId, fromHex(stand.groupId));
  return endsIt ? { ...stand, epoch: epoch + 1 } : stand;
}

/**
 * Leaves by which something signed is judged. Between the place where this device lost its group and the one where it came in
 * again it has not seen who was there: then the signer counts as there.
 * @param signer who has signed it, as claimed; undefined where it is nobody who could have been there.
 */
export function treeFor(room: RoomRecord, signer: ClientId | undefined): readonly ClientId[] {
  const tree = treeInLog(room);
  if (!signer || tree.includes(signer) || hasSeenWhoIsThere(room)) return tree;
  return [...tree, signer];
}

/** Whether this device has seen, entry by entry, who is in the room where the log stands. */
export const hasSeenWhoIsThere = ({ trouble, groupId, stand, joinedEpoch = 0 }: RoomRecord): boolean =>
  trouble?.kind !== "stranded" && !(stand.groupId === groupId && stand.epoch < joinedEpoch);

/**
 * Leaves as the log has them: an own commit that it has not shown yet may have changed the tree already, and an own
 * refounding the whole group.
 */
export function treeInLog({
  ownCommits,
  logEpoch,
  devices,
  groupId,
  stand,
}: RoomRecord): readonly ClientId[] {
  const ahead = ownCommits.find(({ epoch, refounds }) =>
    stand.groupId === groupId ? epoch === logEpoch && !refounds : refounds === stand.groupId,
  );
  return ahead?.before ?? devices;
}
