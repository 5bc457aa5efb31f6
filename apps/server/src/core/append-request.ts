/**
 * A submission as it reaches the store: parsed, and everything checked that needs no store: signatures, MLS structures and
 * the hashes by which they name each other.
 */
import type { ClientId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Refounding } from "@nimes/protocol/signed/refounding";
import type { RoomRoles } from "@nimes/protocol/signed/room-roles";

/** The tree that a commit or a refounding leads to, as its GroupInfo has it. */
export type ClaimedTree = {
  /** Client ids of all leaves from left to right, each once: so it is known who has been there longest. */
  devices: readonly ClientId[];
  groupInfo: Uint8Array;
};
/** A Welcome and the signed roles that its sender had. */
export type ClaimedWelcome = {
  welcome: Uint8Array;
  proof: Signed;
  rolesVersion: number;
  rolesHash: Uint8Array;
};

export type Prepared =
  /** `again`: after the server has lost the room. */
  | { kind: "found"; roles: RoomRoles; payload: Uint8Array; again?: true }
  | { kind: "roles"; roles: RoomRoles; payload: Uint8Array }
  /** With the group and epoch in which it was written. */
  | { kind: "leave"; groupId: Uint8Array; epoch: number }
  | {
      kind: "commit";
      groupId: Uint8Array;
      /** Epoch that it ends. */
      epoch: number;
      tree: ClaimedTree;
      welcome?: ClaimedWelcome;
      /** Of an external commit: the encoded signed proof. */
      rejoin?: Uint8Array;
    }
  | {
      kind: "refound";
      refounding: Refounding;
      /** Of the new group. */
      epoch: number;
      tree: ClaimedTree;
      welcome?: ClaimedWelcome;
    }
  | { kind: "application"; groupId: Uint8Array; epoch: number };
export type PreparedOf<Kind extends Prepared["kind"]> = Extract<Prepared, { kind: Kind }>;

export type AppendRequest<What extends Prepared = Prepared> = {
  roomId: RoomId;
  submissionId: SubmissionId;
  sender: ClientId;
  /** Server's clock, milliseconds. */
  time: number;
  /** Hash over the whole submission: the same id with other contents is a conflict. */
  submissionHash: Uint8Array;
  what: What;
  /** Bytes of the entry: MLS bytes, or an encoded `Signed`. */
  bytes: Uint8Array;
  /** Client ids beside a commit or a refounding, as its sender wrote them. */
  devices?: readonly ClientId[];
  /** The device has to wait with this, see services/refounding-limits; what was taken before is answered all the same (P6). */
  hasToWait?: true;
};
