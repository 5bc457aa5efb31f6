/**
 * Whether a room may go on in a new group. That the entry it answers is one that nobody gets past, and that whoever is
 * left out has done it, is what every gate judges.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry } from "@nimes/protocol/entry";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { deviceOf, userOf } from "@nimes/protocol/ids";
import { awaitedBehind, stillAwaited } from "@nimes/protocol/roles/awaited";
import { may } from "@nimes/protocol/roles/may";
import { mayEverBeIn, refoundingAllowed } from "@nimes/protocol/roles/membership";
import type { RoomSight } from "@nimes/protocol/roles/room-rules";
import { actingRoleOf } from "@nimes/protocol/roles/room-rules";
import type { AppendRequest, PreparedOf } from "./append-request.ts";
import type { AppendVerdict } from "./append-verdict.ts";
import { appended, refused, stale } from "./append-verdict.ts";
import type { AppendView, RoomHead } from "./append-view.ts";
import { keptAwaited, sightOf } from "./append-view.ts";
import { judgeWelcome } from "./judge-commit.ts";

export function judgeRefounding(
  request: AppendRequest<PreparedOf<"refound">>,
  head: RoomHead,
  view: AppendView,
): AppendVerdict {
  const { roomId, sender, time, what } = request;
  const { refounding, epoch, tree, welcome } = what;
  const { answers, without, groupId } = refounding;
  if (refounding.author !== sender) return refused("forbidden");
  // Of two that answer the same, one wins (P5). The last refounding is answered itself where others may not follow it.
  if (answers.sequence < head.refounded) return stale(head);
  const answered = view.entryAt(roomId, answers.sequence);
  if (!answered || !equalBytes(answered.digest, answers.digest)) return refused("malformed");
  if (view.hadGroup(groupId)) return refused("malformed");
  const current = view.roles(roomId, head);
  if (refounding.rolesVersion !== current.roles.version) return refused("room-changed");
  const leaves = view.leaves(roomId);
  const sight = sightOf(leaves, current, { head, time, view });
  if (!refoundingAllowed(sight, { author: sender, without })) return refused("forbidden");
  // Who came since the backup is not known here, nor whom a refounding has left out that nobody follows: whoever may add people
  // says who they were.
  const isRestored = answered.kind === "restored";
  const wasLost = isRestored || answered.kind === "refound";
  const hasLeft = (userId: UserId): boolean =>
    leaves.some(({ clientId, leaving }) => leaving && userOf(clientId) === userId);
  const mayBring = (userId: UserId): boolean =>
    wasLost && may(sight, userOf(sender), "add-users") && !hasLeft(userId);
  // The people it had: with other devices perhaps, but nobody new, nobody who has left, and not the one it is done without.
  const mayBeIn = tree.devices.every(
    (clientId) =>
      clientId !== without &&
      mayEverBeIn(sight, clientId) &&
      (sight.present.includes(userOf(clientId)) || mayBring(userOf(clientId))) &&
      view.isLive(clientId, time),
  );
  if (!mayBeIn || tree.devices[0] !== sender) return refused("malformed");
  const outdated = welcome && judgeWelcome(welcome, current, head);
  if (outdated) return outdated;
  const before = leaves.filter(({ leaving }) => !leaving).map(({ clientId }) => clientId);
  const entryTime = Math.max(time, head.time);
  const awaited = awaitedBehind({ sight, tree: before, author: sender, without, time: entryTime });
  const entry = appended(
    head,
    { kind: "refound", epoch, time },
    {
      head: {
        groupId,
        epoch,
        joinedEpoch: epoch,
        refounded: head.sequence + 1,
        ...keptAwaited(stillAwaited(awaited, tree.devices)),
      },
      tree: {
        ...tree,
        added: tree.devices.filter((clientId) => !before.includes(clientId)),
        // They may have been there when it was lost, and have read further than there is anything left.
        ...(isRestored && { readsFrom: answers.sequence }),
      },
      ...(welcome && { welcome: { ...welcome, to: tree.devices.slice(1).map(deviceOf) } }),
    },
  );
  return isBlamed(sight, answered, sender) ? { ...entry, answered: answered.sender } : entry;
}

/** Whether a commit that is answered counts against whoever made it: nobody gets at an owner so who is none. */
const isBlamed = (
  sight: RoomSight,
  answered: { kind: Entry["kind"]; sender: ClientId | "" },
  by: ClientId,
): answered is { kind: "commit"; sender: ClientId } => {
  const { kind, sender } = answered;
  const roleOf = (device: ClientId) => actingRoleOf(sight, userOf(device));
  return kind === "commit" && sender !== "" && (roleOf(sender) !== "owner" || roleOf(by) === "owner");
};
