/** Appending in memory: as the database does it, step by step. */

import { toHex } from "@nimes/protocol/bytes";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { Entry } from "@nimes/protocol/entry";
import { digestOf, entryDigest, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, DeviceId, RoomId, SubmissionId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import { Signed } from "@nimes/protocol/schema";
import { judgeAppend } from "../core/append.ts";
import type { AppendRequest } from "../core/append-request.ts";
import { type Appended, answeredBy } from "../core/append-verdict.ts";
import type { AppendView, EarlierSubmission, RoomHead } from "../core/append-view.ts";
import { entryFor } from "../core/entry-for.ts";
import { pairIn } from "../core/judge-founding.ts";
import { createRolesCache } from "../core/roles-cache.ts";
import type { AppendOutcome, Member } from "../ports/room-log-store.ts";

export type MemoryRoom = {
  head: RoomHead;
  groups: Set<string>;
  groupInfo?: Uint8Array;
  roles: Uint8Array;
  entries: Entry[];
  members: Map<DeviceId, Member>;
  /** From left to right. */
  tree: ClientId[];
};
export type MemoryRooms = {
  rooms: Map<RoomId, MemoryRoom>;
  inboxes: Map<DeviceId, { last: number; items: InboxItem[] }>;
  /** By device and submission id, see {@link submissionKey}. */
  submissions: Map<string, EarlierSubmission>;
};
export const submissionKey = (sender: ClientId, submissionId: SubmissionId): string =>
  `${deviceOf(sender)}/${submissionId}`;

/** @param directory what is known of devices, see {@link AppendView}. */
export function memoryAppend(
  { rooms, inboxes, submissions }: MemoryRooms,
  directory: Pick<AppendView, "isLive" | "hadEnded">,
): (request: AppendRequest) => AppendOutcome {
  const pairs = new Map<string, RoomId>();
  const view = viewOf({ rooms, inboxes, submissions, pairs, directory });

  return (request) => {
    const verdict = judgeAppend(request, view);
    if (verdict.verdict === "refused") {
      const { verdict: _, ...refusal } = verdict;
      return { outcome: "refused", ...refusal };
    }
    if (verdict.verdict === "again")
      return { outcome: "again", sequence: verdict.sequence, time: verdict.time };
    const { roomId, sender, submissionId, submissionHash } = request;
    const entry = entryFor(request, verdict);
    const { sequence, time } = entry;
    const room = rooms.get(roomId) ?? newRoom(request, verdict);
    const previous = room.head.hash;
    room.head = { ...verdict.head, hash: nextRunningHash(previous, entryDigest(entry)) };
    room.groups.add(toHex(room.head.groupId));
    room.entries.push(entry);
    const { change } = verdict;
    if (change.roles) room.roles = change.roles;
    if (change.tree) room.groupInfo = change.tree.groupInfo;
    submissions.set(submissionKey(sender, submissionId), { roomId, sequence, time, submissionHash });
    changeMembers(room, verdict, previous);
    return { outcome: "appended", entry, welcomed: welcome(room, request, verdict), ...answeredBy(verdict) };
  };

  function newRoom({ roomId, sender, what }: AppendRequest, { head }: Appended): MemoryRoom {
    const hash = initialRunningHash(roomId);
    const deviceId = deviceOf(sender);
    const room: MemoryRoom = {
      head: { ...head, hash },
      groups: new Set(),
      roles: what.kind === "found" ? what.payload : new Uint8Array(),
      entries: [],
      members: new Map([[deviceId, { deviceId, clientId: sender, from: 1, previous: hash, cursor: 0 }]]),
      tree: [sender],
    };
    rooms.set(roomId, room);
    const pair = what.kind === "found" ? pairIn(what) : null;
    if (pair !== null) pairs.set(pair, roomId);
    return room;
  }

  function changeMembers(room: MemoryRoom, { head, change }: Appended, previous: Uint8Array): void {
    const { sequence } = head;
    const { members } = room;
    const end = (deviceId: DeviceId): void => {
      const member = members.get(deviceId);
      if (member && member.until === undefined) member.until = sequence;
    };
    for (const deviceId of change.leaving ?? []) end(deviceId);
    if (!change.tree) return;
    const { devices, added } = change.tree;
    for (const clientId of room.tree) if (!devices.includes(clientId)) end(deviceOf(clientId));
    room.tree = [...devices];
    for (const clientId of added) {
      const deviceId = deviceOf(clientId);
      const earlier = earlierStays(members.get(deviceId));
      const from = change.tree.readsFrom ?? sequence;
      members.set(deviceId, { deviceId, clientId, from, previous, cursor: from - 1, earlier });
    }
  }

  function welcome(
    room: MemoryRoom,
    { roomId, sender }: AppendRequest,
    { head, change }: Appended,
  ): DeviceId[] {
    if (!change.welcome || !change.tree) return [];
    const { to, welcome: bytes, proof } = change.welcome;
    for (const deviceId of to) {
      const inbox = inboxes.get(deviceId) ?? { last: 0, items: [] };
      inbox.last += 1;
      inbox.items.push({
        sequence: inbox.last,
        kind: "welcome",
        roomId,
        roomSequence: head.sequence,
        runningHash: room.head.hash,
        groupId: head.groupId,
        welcome: bytes,
        welcomeProof: proof,
        roles: room.entries.flatMap(rolesIn),
        devices: [...change.tree.devices],
        committer: sender,
      });
      inboxes.set(deviceId, inbox);
    }
    return [...to];
  }
}

/** What whoever comes back has perhaps not read of the times before. */
function earlierStays(before: Member | undefined): NonNullable<Member["earlier"]> {
  if (before?.until === undefined) return [];
  const { from, previous, until, cursor, earlier = [] } = before;
  return cursor < until ? [...earlier, { from, previous, until, cursor }] : earlier;
}

function viewOf(stored: {
  rooms: MemoryRooms["rooms"];
  inboxes: MemoryRooms["inboxes"];
  submissions: Map<string, EarlierSubmission>;
  pairs: Map<string, RoomId>;
  directory: Pick<AppendView, "isLive" | "hadEnded">;
}): AppendView {
  const { rooms, inboxes, submissions, pairs, directory } = stored;
  const roles = createRolesCache((roomId) => rooms.get(roomId)?.roles ?? new Uint8Array());
  const hasLeft = (room: MemoryRoom, device: DeviceId): boolean =>
    room.members.get(device)?.until !== undefined;
  return {
    room: (roomId) => rooms.get(roomId)?.head,
    earlier: (device, submissionId) => submissions.get(`${device}/${submissionId}`),
    isMember(roomId, device) {
      const room = rooms.get(roomId);
      if (!room || hasLeft(room, device)) return false;
      return room.tree.some((one) => deviceOf(one) === device);
    },
    leaves(roomId) {
      const room = rooms.get(roomId);
      return (room?.tree ?? []).map((clientId) => ({
        clientId,
        leaving: room !== undefined && hasLeft(room, deviceOf(clientId)),
      }));
    },
    roles,
    rolesBytes: (roomId) =>
      (rooms.get(roomId)?.entries ?? []).reduce(
        (sum, entry) => sum + (entry.kind === "roles" ? entry.bytes.byteLength : 0),
        0,
      ),
    entryAt(roomId, sequence) {
      const entry = rooms.get(roomId)?.entries[sequence - 1];
      return (
        entry && { kind: entry.kind, digest: digestOf(entry), sender: "sender" in entry ? entry.sender : "" }
      );
    },
    hadGroup: (groupId) => rooms.values().some(({ groups }) => groups.has(toHex(groupId))),
    directRoom: (pair) => pairs.get(pair),
    isAwaited: (roomId, device) => inboxes.get(device)?.items.some((item) => item.roomId === roomId) ?? false,
    isLive: directory.isLive,
    hadEnded: directory.hadEnded,
  };
}

export function rolesIn(entry: Entry): Signed[] {
  if (entry.kind !== "roles") return [];
  const signed = decodeCbor(Signed, entry.bytes);
  return signed.ok ? [signed.value] : [];
}
