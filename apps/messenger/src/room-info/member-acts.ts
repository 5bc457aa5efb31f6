/** What this user may do with a member of a room, as the client library says, and how it is done. */
import type { NimesClient, RoomDetail, RoomMember } from "@nimes/client/nimes-client";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";

export type MemberAct =
  | { act: "give-role"; role: RoomRole }
  /** Adds somebody again who has come with a new device. */
  | { act: "bring-back" }
  | { act: "remove" }
  /** Takes back the wish to remove somebody, before it has been carried out. */
  | { act: "keep" }
  /** Takes back the wish to add somebody. */
  | { act: "do-not-add" };

/** Tells the acts for one member apart. */
export const keyOf = (act: MemberAct): string => (act.act === "give-role" ? act.role : act.act);

/** In the order in which they are offered: roles first, what takes somebody out last. */
export function actsFor(room: RoomDetail, member: RoomMember): MemberAct[] {
  if (!room.present) return [];
  const roles = member.grantable.map((role): MemberAct => ({ act: "give-role", role }));
  switch (member.state) {
    case "pending":
      return member.removable ? [{ act: "do-not-add" }] : [];
    case "left":
      return [];
    case "leaving":
      return room.canChangeMembers ? [{ act: "keep" }] : [];
    case "member":
      return [
        ...roles,
        ...(isOutside(member) && room.mayBringBack ? [{ act: "bring-back" } as const] : []),
        ...(member.removable ? [{ act: "remove" } as const] : []),
      ];
    default:
      member.state satisfies never;
      return [];
  }
}

/** Has a new device, and it is not in the room yet. */
export const isOutside = ({ state, devices }: RoomMember): boolean =>
  state === "member" && devices.length === 0;

/** What is asked about before: what another person alone could take back, and who reads from now on or no more. */
export function needsAsking(act: MemberAct, member: RoomMember): boolean {
  switch (act.act) {
    case "give-role":
      return act.role === "owner" || member.role === "owner";
    case "bring-back":
    case "remove":
      return true;
    case "keep":
    case "do-not-add":
      return false;
    default:
      return act satisfies never;
  }
}

type RoomWork = Pick<NimesClient, "addPeople" | "removePerson" | "setRole">;

/** @returns why it could not be done, or not be wished. */
export function carryOut(
  client: RoomWork,
  at: { roomId: RoomId; userId: UserId },
  act: MemberAct,
): Promise<Result<void>> {
  const { roomId, userId } = at;
  switch (act.act) {
    case "give-role":
      return client.setRole(roomId, userId, act.role);
    case "bring-back":
    case "keep":
      return client.addPeople(roomId, [userId]);
    case "remove":
    case "do-not-add":
      return client.removePerson(roomId, userId);
    default:
      return act satisfies never;
  }
}
