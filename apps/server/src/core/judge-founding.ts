/** Whether a room may be founded. Two people have one direct room, as long as it can go on (docs/adr/0026). */

import { fromHex } from "@nimes/protocol/bytes";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { AppendRequest, PreparedOf } from "./append-request.ts";
import type { AppendVerdict } from "./append-verdict.ts";
import { refused } from "./append-verdict.ts";
import type { AppendView, RoomHead } from "./append-view.ts";

/** Names the two users of a direct room, whoever founds it. */
export const pairOf = (users: readonly UserId[]): string => [...users].sort().join("+");

/** The pair of a founding; null where the room is none of two. */
export const pairIn = ({ roles }: PreparedOf<"found">): string | null =>
  roles.kind === "direct" ? pairOf(roles.users.map(({ userId }) => userId)) : null;

export function judgeFounding(
  { roomId, sender, time, what }: AppendRequest<PreparedOf<"found">>,
  head: RoomHead | undefined,
  view: AppendView,
): AppendVerdict {
  if (what.roles.author !== sender) return refused("forbidden");
  const pair = pairIn(what);
  const existingRoomId = pair === null ? undefined : view.directRoom(pair);
  if (existingRoomId && canGoOn(existingRoomId, time, view))
    return { ...refused("room-exists"), existingRoomId };
  if (head) return refused("room-exists");
  return {
    verdict: "append",
    kind: "roles",
    epoch: 0,
    head: {
      sequence: 1,
      time,
      groupId: fromHex(roomId),
      epoch: 0,
      joinedEpoch: 0,
      rolesHash: rolesHash(what.payload),
      refounded: 0,
      awaited: "",
      awaitedUntil: 0,
    },
    change: {},
  };
}

/** Either of the two can bring the devices of both back in, so one device that lives and has come in is enough. */
const canGoOn = (roomId: RoomId, time: number, view: AppendView): boolean =>
  view
    .leaves(roomId)
    .some(({ clientId }) => view.isLive(clientId, time) && !view.isAwaited(roomId, deviceOf(clientId)));
