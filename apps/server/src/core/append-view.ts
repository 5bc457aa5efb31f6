/** What the rules of the room log need to see of the store, within one transaction. */
import type { Entry } from "@nimes/protocol/entry";
import type { ClientId, DeviceId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { type Awaited, awaitedAt } from "@nimes/protocol/roles/awaited";
import type { RoomSight } from "@nimes/protocol/roles/room-rules";
import type { RoomRoles } from "@nimes/protocol/signed/room-roles";

export type RoomHead = {
  /** Sequence number and time of the last entry. */
  sequence: number;
  time: number;
  /** Running hash after it. */
  hash: Uint8Array;
  /** The MLS group that the room is in, and its epoch. */
  groupId: Uint8Array;
  epoch: number;
  /** Epoch since which nobody has come: whoever is in the room now was in it then. */
  joinedEpoch: number;
  /** Hash of the roles in force. */
  rolesHash: Uint8Array;
  /** Entry of the last refounding; 0 before any. */
  refounded: number;
  /** Who leads the room and was left out by a refounding: client ids, with commas between them; and until when. */
  awaited: string;
  awaitedUntil: number;
};

export const awaitedOf = ({ awaited, awaitedUntil }: RoomHead): Awaited | undefined =>
  awaited === "" ? undefined : { devices: awaited.split(",") as ClientId[], until: awaitedUntil };
/** As it is kept. */
export const keptAwaited = (awaited: Awaited | undefined): Pick<RoomHead, "awaited" | "awaitedUntil"> => ({
  awaited: awaited?.devices.join(",") ?? "",
  awaitedUntil: awaited?.until ?? 0,
});

export type CurrentRoles = { roles: RoomRoles; payload: Uint8Array };

/** A leaf of the tree, by the server's list. */
export type LeafRow = {
  clientId: ClientId;
  /** Its user has asked to leave: nothing of this device counts any more. */
  leaving: boolean;
};

export type EarlierSubmission = {
  roomId: RoomId;
  sequence: number;
  time: number;
  submissionHash: Uint8Array;
};

export type AppendView = {
  room(roomId: RoomId): RoomHead | undefined;
  earlier(device: DeviceId, submissionId: SubmissionId): EarlierSubmission | undefined;
  /** Whether a Welcome to this room waits for the device: it is in the tree and has not come in. */
  isAwaited(roomId: RoomId, device: DeviceId): boolean;
  /** Whether this device's leaf is in the tree, and its user has not asked to leave. */
  isMember(roomId: RoomId, device: DeviceId): boolean;
  /** From left to right. */
  leaves(roomId: RoomId): LeafRow[];
  roles(roomId: RoomId, head: RoomHead): CurrentRoles;
  /** Bytes of all versions of the roles, as encoded. */
  rolesBytes(roomId: RoomId): number;
  /** `sender`: empty where nothing is known of it any more. */
  entryAt(
    roomId: RoomId,
    sequence: number,
  ): { kind: Entry["kind"]; digest: Uint8Array; sender: ClientId | "" } | undefined;
  /** Whether any room is, or was, in this group: none comes back, and none has two rooms. */
  hadGroup(groupId: Uint8Array): boolean;
  /** The room that counts for two people. */
  directRoom(pair: string): RoomId | undefined;
  /**
   * Whether the directory has this device, under exactly this client id, it has neither ended nor been revoked or destroyed, and
   * its user's attestation has not run out at this time.
   */
  isLive(clientId: ClientId, time: number): boolean;
  /**
   * Whether a device had ended by then, as every client says it: revoked, or behind the moment that the link of the device after
   * it names. One that was wiped has not ended for clients, who do not hear of it.
   */
  hadEnded(clientId: ClientId, time: number): boolean;
};

/** What the rules of a room look at; see {@link RoomSight}. @param at.time of the entry, milliseconds. */
export function sightOf(
  leaves: readonly LeafRow[],
  { roles }: CurrentRoles,
  { head, time, view }: { head: RoomHead; time: number; view: Pick<AppendView, "hadEnded"> },
): RoomSight {
  const present = new Set<UserId>();
  for (const { clientId, leaving } of leaves) if (!leaving) present.add(userOf(clientId));
  const at = { time: Math.max(time, head.time), hadEnded: view.hadEnded };
  return { roles, present: [...present], awaited: awaitedAt(awaitedOf(head), at) };
}
