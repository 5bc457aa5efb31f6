/** What a room can be in, so that it waits for somebody to do something. */
import type { ClientId, GroupId } from "@nimes/protocol/ids";

/** Why nothing goes on in a room by itself. */
export type Trouble =
  /**
   * The group has gone on without this device: it comes back by healing. `passing`: the room goes on in a group that the log
   * has not named here yet, so the log is read on past what does not open, up to the entry that names it.
   */
  | { kind: "stranded"; since: number; passing?: true }
  /**
   * The room goes on in another group, and the Welcome to it has not come yet. `author` and `commit`: who founded it, and
   * SHA-256 of what was signed, which the Welcome names.
   */
  | {
      kind: "moved";
      groupId: GroupId;
      author: ClientId;
      /** Who is left out by right. */
      without: ClientId | null;
      commit: Uint8Array;
      since: number;
    }
  /**
   * The server has taken a commit that was opened here and is against the rules, or a refounding by somebody who is not in the
   * room: founded anew without them.
   */
  | { kind: "against-rules"; entry: TroubleEntry; committer: ClientId }
  /** The server has taken a commit that did not open here, or a refounding that does not count: healed, or founded anew with everybody. */
  | { kind: "unopened"; entry: TroubleEntry }
  /** The server goes on behind a backup, in an epoch that the group has left: founded anew with everybody. */
  | { kind: "rewound"; entry: TroubleEntry };

export type TroubleEntry = { sequence: number; digest: Uint8Array; epoch: number; since: number };
