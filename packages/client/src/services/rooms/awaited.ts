/**
 * Who was added to a room and has fetched nothing there since: a phone that is away, or one that cannot come in. It is the
 * server's word, shown beside the person and nothing else; whoever was heard here since is in, whatever the server says.
 */
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import type { Changes } from "../changes.ts";
import type { Session } from "../connection/session.ts";

export type Awaited = {
  /** What the server said when it was last asked. */
  of(roomId: RoomId): readonly ClientId[];
  /** Asks the server; without an answer nobody is said to be awaited. */
  look(roomId: RoomId): Promise<void>;
};

export function createAwaited(needs: { session: Session; changes: Changes }): Awaited {
  /** Of the room that was looked at last: nobody looks at two. */
  let last: { roomId: RoomId; devices: readonly ClientId[] } | undefined;
  return {
    of: (roomId) => (last?.roomId === roomId ? last.devices : []),
    async look(roomId) {
      const answer = await needs.session.call(routes.getArrivals, { params: { roomId } });
      last = { roomId, devices: answer.ok ? answer.value.awaited : [] };
      needs.changes.tell({ of: "room", roomId });
    },
  };
}
