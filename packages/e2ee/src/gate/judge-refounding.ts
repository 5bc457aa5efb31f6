/**
 * Whether an entry founds a room anew: signed by a device that is there and may, under the roles in force. Whether the entry
 * that it answers is one that nobody gets past, and whether whoever is left out has done it, is known to whoever has read
 * the log.
 */
import { toHex } from "@nimes/protocol/bytes";
import { parseClientId } from "@nimes/protocol/ids";
import { refoundingAllowed } from "@nimes/protocol/roles/membership";
import type { Signed } from "@nimes/protocol/schema";
import { Refounding } from "@nimes/protocol/signed/refounding";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import { awaitedUsers, sightOf } from "./judge-change.ts";
import type { Place } from "./judge-leave.ts";
import type { DirectoryAtHand, OpenedByDevice } from "./open-by-device.ts";
import { openByDevice } from "./open-by-device.ts";

/**
 * @returns `not-permitted` for somebody who is not there, whatever else they have signed; `wrong-room` also for the group that the
 * room is in, and for other roles than those in force.
 */
export async function judgeRefounding(
  atHand: DirectoryAtHand,
  { room, tree, time }: Place,
  signed: Signed,
): Promise<OpenedByDevice<Refounding>> {
  const signature = {
    claimed: peekSigned(Refounding, signed),
    openWith: (key: Uint8Array) => openSigned("Refounding", Refounding, signed, [key]),
  };
  const opened = await openByDevice(atHand, signature, { nameOf: ({ author }) => author, time });
  if (opened.result !== "opened") return opened;
  const { roomId, orgId, groupId, without, rolesVersion, author } = opened.value;
  const isHere = roomId === room.roomId && parseClientId(author)?.orgId === orgId;
  if (!isHere) return { result: "refused", reason: "wrong-room" };
  if (!tree.includes(author)) return { result: "refused", reason: "not-permitted" };
  if (toHex(groupId) === room.groupId || rolesVersion !== room.roles.version)
    return { result: "refused", reason: "wrong-room" };
  const sight = sightOf(atHand.directory, room, { tree, time });
  if (refoundingAllowed(sight, { author, without })) return opened;
  // Whoever follows somebody who is awaited no more may; who has ended is told by the directory.
  const userIds = awaitedUsers(room);
  return userIds.length > 0 && !atHand.isFresh
    ? { result: "chain-missing", userIds }
    : { result: "refused", reason: "not-permitted" };
}
