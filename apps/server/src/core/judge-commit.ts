/**
 * Whether a commit may change a room as its GroupInfo says. What the server refuses here never reaches a client; that the
 * GroupInfo is the tree's is the committer's claim, which every gate checks.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { deviceOf } from "@nimes/protocol/ids";
import { stillAwaited } from "@nimes/protocol/roles/awaited";
import { additionAllowed, removalAllowed } from "@nimes/protocol/roles/membership";
import type { AppendRequest, ClaimedWelcome, PreparedOf } from "./append-request.ts";
import type { AppendRefusal, AppendVerdict } from "./append-verdict.ts";
import { appended, refused, stale } from "./append-verdict.ts";
import type { AppendView, CurrentRoles, RoomHead } from "./append-view.ts";
import { awaitedOf, keptAwaited, sightOf } from "./append-view.ts";

type CommitRequest = AppendRequest<PreparedOf<"commit">>;

export function judgeCommit(request: CommitRequest, head: RoomHead, view: AppendView): AppendVerdict {
  const { roomId, sender, time, what } = request;
  const { epoch, tree, welcome, rejoin } = what;
  if (epoch !== head.epoch || !equalBytes(what.groupId, head.groupId)) return stale(head);
  const leaves = view.leaves(roomId);
  const before = new Set(leaves.map(({ clientId }) => clientId));
  const after = new Set(tree.devices);
  const added = tree.devices.filter((clientId) => !before.has(clientId));
  const removed = leaves.filter(({ clientId }) => !after.has(clientId));
  // Nobody commits its own removal (RFC 9420, section 12.2).
  if (!after.has(sender)) return refused("malformed");
  // Whoever heals itself changes nobody else's place, and brings nobody.
  if (rejoin && added.length + removed.length > 0) return refused("forbidden");
  // Whoever is added without a Welcome could never come in, and a Welcome for nobody is none.
  if ((welcome !== undefined) !== added.length > 0) return refused("malformed");
  const current = view.roles(roomId, head);
  const sight = sightOf(leaves, current, { head, time, view });
  for (const clientId of added) {
    if (!view.isLive(clientId, time)) return refused("malformed");
    if (!additionAllowed(sight, sender, clientId)) return refused("forbidden");
  }
  for (const { clientId: device, leaving } of removed) {
    const isOver = leaving || !view.isLive(device, time);
    if (!removalAllowed(sight, sender, { device, isOver })) return refused("forbidden");
  }
  // Whoever comes in does not know who had asked to leave before, and could not judge their removal later.
  const leaverStays = leaves.some(({ clientId, leaving }) => leaving && after.has(clientId));
  if (added.length > 0 && leaverStays) return refused("room-changed");
  const outdated = welcome && judgeWelcome(welcome, current, head);
  if (outdated) return outdated;
  const joined = added.length > 0 ? { joinedEpoch: epoch + 1 } : {};
  return appended(
    head,
    { kind: "commit", epoch, time },
    {
      head: {
        epoch: epoch + 1,
        ...joined,
        ...keptAwaited(stillAwaited(awaitedOf(head), tree.devices)),
      },
      tree: { ...tree, added },
      ...(welcome && { welcome: { ...welcome, to: added.map(deviceOf) } }),
    },
  );
}

/** The roles may have changed while the Welcome was on its way: nobody who comes in is shown older ones. */
export const judgeWelcome = (
  { rolesVersion, rolesHash }: ClaimedWelcome,
  { roles }: CurrentRoles,
  head: RoomHead,
): AppendRefusal | undefined =>
  rolesVersion === roles.version && equalBytes(rolesHash, head.rolesHash)
    ? undefined
    : refused("room-changed");
