/** Whether an entry is somebody's leaving: signed by a device of theirs, for this room as the log stands. */
import { toHex } from "@nimes/protocol/bytes";
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import { parseClientId, userOf } from "@nimes/protocol/ids";
import { may } from "@nimes/protocol/roles/may";
import type { Signed } from "@nimes/protocol/schema";
import { RoomLeave } from "@nimes/protocol/signed/room-leave";
import { openSigned, peekSigned } from "@nimes/protocol/signed/signed";
import type { Room } from "../e2ee.ts";
import { sightOf, stillAwaitedIn } from "./judge-change.ts";
import type { DirectoryAtHand, OpenedByDevice } from "./open-by-device.ts";
import { openByDevice } from "./open-by-device.ts";

/** Where an entry stands: what it is judged by. */
export type Place = {
  /** As it is before the entry. */
  room: Room;
  /** Leaves of the room's group, in their order. */
  tree: readonly ClientId[];
  /** Server's time of the entry, milliseconds. */
  time: number;
};

/** Where the log stands, by its entries alone: the same for everybody who reads it, whatever each of them could open. */
export type LogStand = {
  /** The group that the room goes on in. */
  groupId: GroupId;
  /** Behind the last commit. */
  epoch: number;
};

/** @returns who leaves, by the device that says so; `wrong-room` also for one that was written in another epoch than
 *   the log stands at, `not-permitted` for somebody who is not there, or in a direct room. */
export async function judgeLeave(
  atHand: DirectoryAtHand,
  { room, tree, time, stand }: Place & { stand: LogStand },
  signed: Signed,
): Promise<OpenedByDevice<RoomLeave>> {
  const signature = {
    claimed: peekSigned(RoomLeave, signed),
    openWith: (key: Uint8Array) => openSigned("RoomLeave", RoomLeave, signed, [key]),
  };
  const opened = await openByDevice(atHand, signature, { nameOf: ({ device }) => device, time });
  if (opened.result !== "opened") return opened;
  const { roomId, orgId, device, groupId, epoch } = opened.value;
  const isHere = roomId === room.roomId && parseClientId(device)?.orgId === orgId;
  if (!isHere || toHex(groupId) !== stand.groupId || epoch !== stand.epoch)
    return { result: "refused", reason: "wrong-room" };
  // Whoever has come back behind this entry waits for those whose going it had not seen.
  const there = [...tree, ...stillAwaitedIn(atHand.directory, room, time)];
  const isThere = there.some((leaf) => userOf(leaf) === userOf(device));
  return isThere && may(sightOf(atHand.directory, room, { tree, time }), userOf(device), "leave")
    ? opened
    : { result: "refused", reason: "not-permitted" };
}
