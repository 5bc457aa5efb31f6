/** Changes of a room's roles, and leaving it: entries that the encryption does not concern. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { deviceOf, userOf } from "@nimes/protocol/ids";
import { awaitedBehindRoles } from "@nimes/protocol/roles/awaited";
import { checkContinues, judgeRolesChange } from "@nimes/protocol/roles/judge-roles-change";
import { may } from "@nimes/protocol/roles/may";
import { fitsChain } from "@nimes/protocol/roles/roles-chain";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { AppendRequest, PreparedOf } from "./append-request.ts";
import type { AppendVerdict } from "./append-verdict.ts";
import { appended, refused, stale } from "./append-verdict.ts";
import type { AppendView, RoomHead } from "./append-view.ts";
import { awaitedOf, keptAwaited, sightOf } from "./append-view.ts";

export function judgeRoles(
  { roomId, sender, time, what, bytes }: AppendRequest<PreparedOf<"roles">>,
  head: RoomHead,
  view: AppendView,
): AppendVerdict {
  const { roles: next, payload } = what;
  const leaves = view.leaves(roomId);
  // Another device may bring what the server has lost with a restored backup. Who has signed it has to be there all the same.
  const isThere = leaves.some(({ clientId, leaving }) => clientId === next.author && !leaving);
  const current = view.roles(roomId, head);
  const known = sightOf(leaves, current, { head, time, view });
  // Or came since the backup: whoever may add people says so, as in the refounding behind it.
  const hadCome =
    !isThere &&
    may(known, userOf(sender), "add-users") &&
    cameSince({ roomId, author: next.author, time }, head, view);
  if (next.author !== sender && !isThere && !hadCome) return refused("forbidden");
  if (!checkContinues(current, next).ok) {
    // Somebody else's version came first, or it is about another room altogether.
    const overtaken = next.kind === current.roles.kind && next.version <= current.roles.version;
    return refused(overtaken ? "room-changed" : "broken-chain");
  }
  const sight = hadCome ? { ...known, present: [...known.present, userOf(next.author)] } : known;
  const judged = judgeRolesChange(sight, next);
  if (!judged.ok) return refused(judged.code);
  const byOwner = may(sight, userOf(next.author), "give-roles");
  if (!fitsChain(view.rolesBytes(roomId) + bytes.byteLength, byOwner)) return refused("too-large");
  const awaited = awaitedBehindRoles(awaitedOf(head), current.roles, next);
  return appended(
    head,
    { kind: "roles", epoch: head.epoch, time },
    { head: { rolesHash: rolesHash(payload), ...keptAwaited(awaited) }, roles: payload },
  );
}

/** What may stand between the entry about a restored backup and what is brought behind it. */
const maxBetween = 100;

/** Whether the log goes on behind a restored backup, not founded anew yet, and this device lives and has not asked to leave. */
function cameSince(
  { roomId, author, time }: { roomId: RoomId; author: ClientId; time: number },
  head: RoomHead,
  view: AppendView,
): boolean {
  const isLeaving = view
    .leaves(roomId)
    .some(({ clientId, leaving }) => leaving && userOf(clientId) === userOf(author));
  if (isLeaving || !view.isLive(author, time)) return false;
  for (let sequence = head.sequence; sequence > head.sequence - maxBetween; sequence -= 1) {
    const kind = view.entryAt(roomId, sequence)?.kind;
    if (kind === "restored") return true;
    if (kind === "commit" || kind === "refound" || kind === undefined) return false;
  }
  return false;
}

/** The user leaves with all devices; from here on they read nothing, and anybody may take their leaves out. */
export function judgeLeave(
  { roomId, sender, time, what }: AppendRequest<PreparedOf<"leave">>,
  head: RoomHead,
  view: AppendView,
): AppendVerdict {
  // It crossed with a commit, and is signed again: one that stays good for later could be shown again.
  if (what.epoch !== head.epoch || !equalBytes(what.groupId, head.groupId)) return stale(head);
  const leaves = view.leaves(roomId);
  if (!may(sightOf(leaves, view.roles(roomId, head), { head, time, view }), userOf(sender), "leave"))
    return refused("forbidden");
  const own = leaves.filter(({ clientId, leaving }) => !leaving && userOf(clientId) === userOf(sender));
  return appended(
    head,
    { kind: "leave", epoch: head.epoch, time },
    { leaving: own.map(({ clientId }) => deviceOf(clientId)) },
  );
}
