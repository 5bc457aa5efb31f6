/** What becomes of an item of the inbox, by what its author has signed. Pure. */
import type { GateReason, JoinOptions } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { GroupId } from "@nimes/protocol/ids";
import { groupIdOf } from "@nimes/protocol/ids";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { WelcomeProof } from "@nimes/protocol/signed/welcome-proof";
import { knownPeople, seenOf } from "./known-people.ts";
import type { RoomRecord } from "./room-record.ts";
import type { Trouble } from "./trouble.ts";

/**
 * What its author has signed and the rules forbid does not come again. Everything else a server can have spoilt on the way,
 * field by field, or have judged by a directory that it withholds: that is asked for again with every connection.
 */
export const isFinal = (reason: GateReason): boolean => reason === "not-permitted" || reason === "twin-leaf";

/** How a Welcome is judged by what is known of its room here. @param move to exactly its group. */
export const joinOptions = (
  item: InboxItem,
  known: RoomRecord | undefined,
  move: Extract<Trouble, { kind: "moved" }> | undefined,
): JoinOptions => ({
  ...replacedBy(item, known, move),
  // In the very group that it is for, this device is by more than a Welcome, which changes nothing any more.
  ...(known && !isInGroup(known, groupIdOf(item.groupId)) && { seen: seenOf(known) }),
});

const isInGroup = ({ standing, absent, trouble, groupId }: RoomRecord, its: GroupId): boolean =>
  standing.state === "member" && !absent && trouble?.kind !== "stranded" && groupId === its;

/**
 * The group that a Welcome takes the place of. The one of the refounding itself is taken by the author's right to found the
 * room anew; whoever had been left out comes in by a later one, as anybody who is added.
 */
const replacedBy = (
  item: InboxItem,
  known: RoomRecord | undefined,
  move: Extract<Trouble, { kind: "moved" }> | undefined,
): JoinOptions => {
  if (known && move) {
    const people = knownPeople(known);
    const isIts = isSentWith(item, move.commit);
    return {
      replaces: known.groupId,
      ...(isIts ? { refounding: { ...move, known: people } } : { leftOut: people }),
    };
  }
  // Left out of a group that the room has left since: it hears of the log again when somebody who may has added it.
  if (known?.trouble?.kind === "moved") return { replaces: known.groupId };
  // Added again to the group that it had lost its place in.
  return known?.absent && groupIdOf(item.groupId) === known.groupId ? { replaces: known.groupId } : {};
};

/**
 * Whether a Welcome goes with something that the log has not shown here yet: this device was taken out and added again while
 * it was away. It reads the log first, which ends the time that it was there before; until then nothing follows.
 */
export const isAhead = (
  { standing, absent, trouble, cursor }: RoomRecord,
  { roomSequence }: Pick<InboxItem, "roomSequence">,
): boolean => standing.state === "member" && !absent && trouble?.kind !== "moved" && roomSequence > cursor;

/** Whether whoever sends a Welcome has signed that it goes with this. */
export function isSentWith({ welcomeProof }: InboxItem, commit: Uint8Array): boolean {
  const proof = peekSigned(WelcomeProof, welcomeProof);
  return proof.ok && equalBytes(proof.value.commit, commit);
}
