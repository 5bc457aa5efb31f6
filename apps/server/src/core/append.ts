/**
 * What the room log takes, as a pure rule over a view of the store: both adapters ask it inside their transaction, so
 * that they judge alike.
 */

import type { EntryKind } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import type { ClientId, DeviceId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { deviceOf, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { RoomKind, RoomRoles } from "@nimes/protocol/signed/room-roles";

export type RoomHead = {
  kind: RoomKind;
  /** The two users of a direct room, as {@link pairOf} names them. */
  pair: string | null;
  /** Sequence number of the last entry. */
  sequence: number;
  epoch: number;
  /** Epoch since which nobody has come: whoever is in the room now was in it then. */
  joinedEpoch: number;
  /** Running hash after the last entry. */
  hash: Uint8Array;
};

/** One submission, parsed; signatures are checked before it gets here. */
export type AppendRequest = {
  roomId: RoomId;
  submissionId: SubmissionId;
  sender: ClientId;
  /** Server's clock, milliseconds. */
  time: number;
  submission: Submission;
  /** Bytes of the entry: MLS bytes, or the encoded signed roles. */
  bytes: Uint8Array;
  /** Hash over the whole submission: the same id with other contents is a conflict. */
  submissionHash: Uint8Array;
  /** Of a `found` submission. */
  roles?: RoomRoles;
};

export type EarlierSubmission = {
  roomId: RoomId;
  sequence: number;
  time: number;
  submissionHash: Uint8Array;
};

/** What the rule needs to see, within one transaction. */
export type AppendView = {
  room(roomId: RoomId): RoomHead | undefined;
  earlier(device: DeviceId, submissionId: SubmissionId): EarlierSubmission | undefined;
  isMember(roomId: RoomId, device: DeviceId): boolean;
  /** Client ids of the devices that are in the room now. */
  clientsIn(roomId: RoomId): ReadonlySet<ClientId>;
  directRoom(pair: string): RoomId | undefined;
  /** Whether the directory has this device, under exactly this client id, and it has neither ended nor been destroyed. */
  mayJoin(clientId: ClientId): boolean;
};

export type AppendRefusal = { verdict: "refused"; code: ErrorCode; epoch?: number; existingRoomId?: RoomId };
export type AppendVerdict =
  | {
      verdict: "append";
      kind: EntryKind;
      sequence: number;
      epoch: number;
      /** Of the room, behind this entry. */
      joinedEpoch: number;
      head: RoomHead | undefined;
    }
  /** The same submission again: the same answer (P6). */
  | { verdict: "again"; sequence: number; time: number }
  | AppendRefusal;

/** Names the two users of a direct room, whoever founds it. */
export const pairOf = (users: readonly UserId[]): string => [...users].sort().join("+");

export function judgeAppend(request: AppendRequest, view: AppendView): AppendVerdict {
  const { roomId, sender, submission } = request;
  const device = deviceOf(sender);
  const earlier = view.earlier(device, request.submissionId);
  if (earlier) {
    const same = earlier.roomId === roomId && sameBytes(earlier.submissionHash, request.submissionHash);
    return same
      ? { verdict: "again", sequence: earlier.sequence, time: earlier.time }
      : refused("submission-conflict");
  }
  const head = view.room(roomId);
  if (submission.kind === "found") return judgeFounding(request, head, view);
  // Whoever is not in the room learns nothing of it, not even that it exists (S5).
  if (!head || !view.isMember(roomId, device)) return refused("not-a-member");
  if (submission.kind === "commit") {
    if (submission.epoch !== head.epoch) return { ...refused("stale-epoch"), epoch: head.epoch };
    const before = view.clientsIn(roomId);
    const added = submission.devices.filter((clientId) => !before.has(clientId));
    const fits = judgeDevices(submission, { head, sender, added }) && added.every(view.mayJoin);
    if (!fits) return refused("malformed");
    return {
      verdict: "append",
      kind: "commit",
      sequence: head.sequence + 1,
      epoch: submission.epoch,
      joinedEpoch: added.length > 0 ? submission.epoch + 1 : head.joinedEpoch,
      head,
    };
  }
  // Whoever came meanwhile could not read it, and would be counted among those who have it (P5): sealed again.
  const oldest = Math.max(head.epoch - limits.epochsBack, head.joinedEpoch);
  const opens = submission.epoch <= head.epoch && submission.epoch >= oldest;
  if (!opens) return { ...refused("stale-epoch"), epoch: head.epoch };
  return {
    verdict: "append",
    kind: "application",
    sequence: head.sequence + 1,
    epoch: submission.epoch,
    joinedEpoch: head.joinedEpoch,
    head,
  };
}

/**
 * Whether the device list of a commit can be one: the server routes by it. Whether it is the tree's, and whether the
 * sender may do this, is what every gate checks.
 */
function judgeDevices(
  { devices, welcome }: Extract<Submission, { kind: "commit" }>,
  { head, sender, added }: { head: RoomHead; sender: ClientId; added: readonly ClientId[] },
): boolean {
  const ids = new Set(devices.map(deviceOf));
  // Two leaves with one client id would share one cursor, and nobody commits its own removal (RFC 9420, section 12.2).
  if (ids.size !== devices.length || !devices.includes(sender)) return false;
  if (head.pair !== null && !devices.every((clientId) => isInPair(head.pair, userOf(clientId)))) return false;
  // Whoever is added without a Welcome could never come in, and a Welcome for nobody is none.
  return (welcome !== undefined) === added.length > 0;
}

const isInPair = (pair: string | null, userId: UserId): boolean => pair?.split("+").includes(userId) ?? false;

function judgeFounding(request: AppendRequest, head: RoomHead | undefined, view: AppendView): AppendVerdict {
  const { roles } = request;
  if (!roles || roles.creator !== request.sender) return refused("forbidden");
  if (roles.kind === "direct") {
    const existingRoomId = view.directRoom(pairOf(roles.users.map(({ userId }) => userId)));
    if (existingRoomId) return { ...refused("room-exists"), existingRoomId };
  }
  if (head) return refused("room-exists");
  return { verdict: "append", kind: "roles", sequence: 1, epoch: 0, joinedEpoch: 0, head: undefined };
}

const refused = (code: ErrorCode): AppendRefusal => ({ verdict: "refused", code });
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
