/**
 * What the room log takes, as a pure rule over a view of the store: both adapters ask it inside their transaction, so
 * that they judge alike. The rules of rooms themselves are those of protocol/roles, by which every client judges.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import { deviceOf, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { may } from "@nimes/protocol/roles/may";
import { roleOf } from "@nimes/protocol/roles/room-rules";
import type { AppendRequest, PreparedOf } from "./append-request.ts";
import type { AppendVerdict } from "./append-verdict.ts";
import { appended, refused, stale } from "./append-verdict.ts";
import type { AppendView, RoomHead } from "./append-view.ts";
import { sightOf } from "./append-view.ts";
import { judgeCommit } from "./judge-commit.ts";
import { judgeFounding } from "./judge-founding.ts";
import { judgeRefounding } from "./judge-refounding.ts";
import { judgeLeave, judgeRoles } from "./judge-roles.ts";

export function judgeAppend(request: AppendRequest, view: AppendView): AppendVerdict {
  const { roomId, sender, what } = request;
  const device = deviceOf(sender);
  const earlier = view.earlier(device, request.submissionId);
  if (earlier) {
    const same = earlier.roomId === roomId && equalBytes(earlier.submissionHash, request.submissionHash);
    return same
      ? { verdict: "again", sequence: earlier.sequence, time: earlier.time }
      : refused("submission-conflict");
  }
  const head = view.room(roomId);
  if (what.kind === "found") return judgeFounding({ ...request, what }, head, view);
  // Whoever is not in the room learns nothing of it, not even that it exists (S5).
  if (!head || !view.isMember(roomId, device)) return refused("not-a-member");
  if (request.hasToWait) return refused("too-many");
  switch (what.kind) {
    case "application":
      return judgeMessage({ ...request, what }, head, view);
    case "commit":
      return judgeCommit({ ...request, what }, head, view);
    case "refound":
      return judgeRefounding({ ...request, what }, head, view);
    case "roles":
      return judgeRoles({ ...request, what }, head, view);
    case "leave":
      return judgeLeave({ ...request, what }, head, view);
  }
}

function judgeMessage(
  request: AppendRequest<PreparedOf<"application">>,
  head: RoomHead,
  view: AppendView,
): AppendVerdict {
  const { what, time } = request;
  // Whoever came meanwhile could not read it, and would be counted among those who have it (P5): sealed again.
  const oldest = Math.max(head.epoch - limits.epochsBack, head.joinedEpoch);
  const opens = what.epoch <= head.epoch && what.epoch >= oldest && equalBytes(what.groupId, head.groupId);
  if (!opens) return stale(head);
  if (!mayPost(request, head, view)) return refused("forbidden");
  return appended(head, { kind: "application", epoch: what.epoch, time });
}

/** Most may by their own role; only for the others it has to be known who else is there. */
function mayPost({ roomId, sender, time }: AppendRequest, head: RoomHead, view: AppendView): boolean {
  const roles = view.roles(roomId, head);
  const role = roleOf(roles.roles, userOf(sender));
  if (role !== undefined && role !== "reader") return true;
  return may(sightOf(view.leaves(roomId), roles, { head, time, view }), userOf(sender), "post");
}
