/** Notes which groups a room has been in, by what a phone's encryption does: a law asks who reads in any of them. */
import type { E2ee, Room } from "@nimes/e2ee/e2ee";
import type { Phone } from "./phone.ts";

type Watched = Pick<E2ee, "joinRoom" | "rejoin" | "refound">;

/** @param groupsNow undefined while the phone is being activated. */
export function watchGroups(inner: Watched, groupsNow: () => Phone["groups"] | undefined): Watched {
  const note = ({ roomId, groupId }: Pick<Room, "roomId" | "groupId">): void => {
    const groups = groupsNow();
    groups?.set(roomId, (groups.get(roomId) ?? new Set()).add(groupId));
  };

  return {
    async joinRoom(invitation, ...options) {
      const joined = await inner.joinRoom(invitation, ...options);
      // Until a Welcome is taken its group is the server's word, and may be another room's, whose people do not read here.
      if (joined.outcome === "joined" || joined.outcome === "already-joined") note(invitation);
      return joined;
    },
    rejoin(room, ...healing) {
      note(room);
      return inner.rejoin(room, ...healing);
    },
    refound(room, made, ...submit) {
      note({ roomId: room.roomId, groupId: made.groupId });
      return inner.refound(room, made, ...submit);
    },
  };
}
