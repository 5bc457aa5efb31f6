/** Room logs in memory, for tests. */

import { decodeCbor } from "@nimes/protocol/cbor";
import type { Entry, FullEntry } from "@nimes/protocol/entry";
import { digestOf, entryDigest, initialRunningHash, nextRunningHash } from "@nimes/protocol/entry";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, DeviceId, RoomId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import { Signed } from "@nimes/protocol/schema";
import type { AppendRequest, AppendView, EarlierSubmission, RoomHead } from "../core/append.ts";
import { judgeAppend, pairOf } from "../core/append.ts";
import type { AppendOutcome, Member, RoomLogStore } from "../ports/room-log-store.ts";

type MemoryRoom = { head: RoomHead; entries: Entry[]; members: Map<DeviceId, Member> };

/** @param mayJoin whether the directory has this device and it has not ended. */
export function memoryRoomLogStore(mayJoin: (clientId: ClientId) => boolean): RoomLogStore {
  const rooms = new Map<RoomId, MemoryRoom>();
  const submissions = new Map<string, EarlierSubmission>();
  const pairs = new Map<string, RoomId>();
  const inboxes = new Map<DeviceId, { last: number; items: InboxItem[] }>();

  const isMember = (member: Member | undefined): boolean =>
    member !== undefined && member.until === undefined;
  const view: AppendView = {
    room: (roomId) => rooms.get(roomId)?.head,
    earlier: (device, submissionId) => submissions.get(`${device}/${submissionId}`),
    clientsIn: (roomId) =>
      new Set([...(rooms.get(roomId)?.members.values() ?? [])].filter(isMember).map((m) => m.clientId)),
    isMember: (roomId, device) => isMember(rooms.get(roomId)?.members.get(device)),
    directRoom: (pair) => pairs.get(pair),
    mayJoin,
  };

  function appendOne(request: AppendRequest): AppendOutcome {
    const verdict = judgeAppend(request, view);
    if (verdict.verdict === "refused") {
      const { verdict: _, ...refusal } = verdict;
      return { outcome: "refused", ...refusal };
    }
    if (verdict.verdict === "again")
      return { outcome: "again", sequence: verdict.sequence, time: verdict.time };
    const { roomId, sender, submission, submissionId, time, bytes } = request;
    const entry: FullEntry = {
      sequence: verdict.sequence,
      kind: verdict.kind,
      epoch: verdict.epoch,
      sender,
      submissionId,
      time,
      bytes,
      ...(submission.kind === "commit" && { devices: submission.devices }),
    };
    const room = rooms.get(roomId) ?? newRoom(request);
    const hash = nextRunningHash(room.head.hash, entryDigest(entry));
    const epoch = submission.kind === "commit" ? entry.epoch + 1 : room.head.epoch;
    const { joinedEpoch } = verdict;
    room.head = { ...room.head, sequence: entry.sequence, epoch, joinedEpoch, hash };
    room.entries.push(entry);
    submissions.set(`${deviceOf(sender)}/${submissionId}`, {
      roomId,
      sequence: entry.sequence,
      time,
      submissionHash: request.submissionHash,
    });
    const welcomed = submission.kind === "commit" ? changeMembers(room, entry, request) : [];
    return { outcome: "appended", entry, welcomed };
  }

  function newRoom({ roomId, sender, roles }: AppendRequest): MemoryRoom {
    const kind = roles?.kind ?? "group";
    const pair = kind === "direct" && roles ? pairOf(roles.users.map(({ userId }) => userId)) : null;
    const deviceId = deviceOf(sender);
    const room: MemoryRoom = {
      head: { kind, pair, sequence: 0, epoch: 0, joinedEpoch: 0, hash: initialRunningHash(roomId) },
      entries: [],
      members: new Map([[deviceId, { deviceId, clientId: sender, from: 0, cursor: 0 }]]),
    };
    rooms.set(roomId, room);
    if (pair !== null) pairs.set(pair, roomId);
    return room;
  }

  function changeMembers(room: MemoryRoom, entry: FullEntry, request: AppendRequest): DeviceId[] {
    const { submission } = request;
    if (submission.kind !== "commit") return [];
    const after = new Set(submission.devices.map(deviceOf));
    for (const member of room.members.values())
      if (isMember(member) && !after.has(member.deviceId)) member.until = entry.sequence;
    const added = submission.devices.filter((clientId) => !isMember(room.members.get(deviceOf(clientId))));
    for (const clientId of added) {
      const deviceId = deviceOf(clientId);
      room.members.set(deviceId, { deviceId, clientId, from: entry.sequence, cursor: entry.sequence });
      if (!submission.welcome) continue;
      const inbox = inboxes.get(deviceId) ?? { last: 0, items: [] };
      inbox.last += 1;
      inbox.items.push({
        sequence: inbox.last,
        kind: "welcome",
        roomId: request.roomId,
        roomSequence: entry.sequence,
        runningHash: room.head.hash,
        welcome: submission.welcome,
        roles: room.entries.flatMap(rolesIn),
        devices: submission.devices,
        committer: entry.sender,
      });
      inboxes.set(deviceId, inbox);
    }
    return added.map(deviceOf);
  }

  return {
    append: async (batch) => batch.map(appendOne),
    async read(roomId, { after, until, limit, maxBytes }) {
      const found: Entry[] = [];
      let bytes = 0;
      for (const entry of rooms.get(roomId)?.entries.slice(after, Math.min(until, after + limit)) ?? []) {
        bytes += (entry.kind === "expired" ? 0 : entry.bytes.byteLength) + 300;
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(entry);
      }
      return found;
    },
    lastSequence: async (roomId) => view.room(roomId)?.sequence ?? 0,
    members: async (roomId) =>
      [...(rooms.get(roomId)?.members.values() ?? [])].map((member) => ({ ...member })),
    roomsOf: async (deviceId) =>
      [...rooms].filter(([, room]) => mayFetch(room.members.get(deviceId))).map(([roomId]) => roomId),
    async saveCursors(cursors) {
      for (const { roomId, deviceId, sequence } of cursors) {
        const member = rooms.get(roomId)?.members.get(deviceId);
        if (member) member.cursor = Math.max(member.cursor, sequence);
      }
    },
    hasWaiting: async (deviceId) =>
      (inboxes.get(deviceId)?.items.length ?? 0) > 0 ||
      [...rooms.values()].some((room) => {
        const member = room.members.get(deviceId);
        return member !== undefined && member.cursor < (member.until ?? room.head.sequence);
      }),
    inbox: async (deviceId, after) =>
      (inboxes.get(deviceId)?.items ?? []).filter(({ sequence }) => sequence > after).slice(0, 100),
    async dropInbox(deviceId, upTo) {
      const inbox = inboxes.get(deviceId);
      if (inbox) inbox.items = inbox.items.filter(({ sequence }) => sequence > upTo);
    },
    async expire(before, limit) {
      let expired = 0;
      for (const room of rooms.values()) {
        const fetching = [...room.members.values()].filter(mayFetch);
        const readByAll = Math.min(...fetching.map(({ cursor }) => cursor));
        room.entries = room.entries.map((entry) => {
          const due = entry.kind === "application" && (entry.time < before || entry.sequence <= readByAll);
          if (!due || expired >= limit) return entry;
          expired += 1;
          const { sequence, epoch, sender, submissionId, time } = entry;
          return { sequence, epoch, sender, submissionId, time, kind: "expired", digest: digestOf(entry) };
        });
      }
      return expired;
    },
  };
}

const mayFetch = (member: Member | undefined): boolean =>
  member !== undefined && (member.until === undefined || member.cursor < member.until);

function rolesIn(entry: Entry): Signed[] {
  if (entry.kind !== "roles") return [];
  const signed = decodeCbor(Signed, entry.bytes);
  return signed.ok ? [signed.value] : [];
}
