/** The entry with which a room goes on in a new group, made by the device that founds it anew. */
import { fromHex } from "@nimes/protocol/bytes";
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import { parseClientId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Refounding } from "@nimes/protocol/signed/refounding";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { Room } from "../e2ee.ts";

export type MeantRefounding = {
  room: Pick<Room, "roomId" | "roles">;
  groupId: GroupId;
  answers: Refounding["answers"];
  without: ClientId | null;
  author: ClientId;
  /** Device key of the author. */
  device: Signer;
  /** Milliseconds. */
  time: number;
};

/** @throws Error when `author` is no client id: a bug of the caller. */
export function makeRefounding(meant: MeantRefounding): Promise<Signed> {
  const { room, groupId, answers, without, author, device, time } = meant;
  const identity = parseClientId(author);
  if (!identity) throw new Error("a room is founded anew by a device of the organisation");
  const value: Refounding = {
    orgId: identity.orgId,
    roomId: room.roomId,
    groupId: fromHex(groupId),
    answers,
    without,
    rolesVersion: room.roles.version,
    author,
    time,
  };
  return signStructure("Refounding", value, [device]);
}
