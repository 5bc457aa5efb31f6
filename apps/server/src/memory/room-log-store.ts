/** Room logs in memory, for tests. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { Entry, ExpiredEntry } from "@nimes/protocol/entry";
import { digestOf } from "@nimes/protocol/entry";
import { sha256 } from "@nimes/protocol/hash";
import type { DeviceId } from "@nimes/protocol/ids";
import { deviceOf } from "@nimes/protocol/ids";
import type { AppendView } from "../core/append-view.ts";
import type { Member, RoomLogStore } from "../ports/room-log-store.ts";
import type { MemoryRoom, MemoryRooms } from "./append-entries.ts";
import { memoryAppend, rolesIn, submissionKey } from "./append-entries.ts";

/**
 * @param directory.isLive whether the directory has this device, it has not ended, and its attestation has not run out.
 * @param directory.hadEnded whether it had ended by then, as clients say it.
 * @param directory.isOver whether a device has ended or was wiped, for good.
 */
export function memoryRoomLogStore({
  isOver,
  ...directory
}: Pick<AppendView, "isLive" | "hadEnded"> & { isOver(deviceId: DeviceId): boolean }): RoomLogStore {
  const stored: MemoryRooms = { rooms: new Map(), inboxes: new Map(), submissions: new Map() };
  const { rooms, inboxes, submissions } = stored;
  const appendOne = memoryAppend(stored, directory);

  /** Whether the device that sent an entry may ask what became of it: it has not read on to it. */
  function mayAsk(room: MemoryRoom, { sender, sequence }: ExpiredEntry): boolean {
    const member = room.members.get(deviceOf(sender));
    if (!member || isOver(member.deviceId)) return false;
    return [member, ...(member.earlier ?? [])].some(({ cursor }) => cursor < sequence);
  }

  return {
    append: async (batch) => batch.map(appendOne),
    async read(roomId, { after, until, limit, maxBytes }) {
      const found: Entry[] = [];
      let bytes = 0;
      for (const entry of rooms.get(roomId)?.entries.slice(after, Math.min(until, after + limit)) ?? []) {
        bytes += ("bytes" in entry ? entry.bytes.byteLength : 0) + 300;
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(entry);
      }
      return found;
    },
    lastSequence: async (roomId) => rooms.get(roomId)?.head.sequence ?? 0,
    async newestTime() {
      const times = [...rooms.values()].map(({ head }) => head.time);
      return times.length > 0 ? Math.max(...times) : undefined;
    },
    async group(roomId) {
      const room = rooms.get(roomId);
      if (!room?.groupInfo) return undefined;
      const { epoch, groupId } = room.head;
      return { epoch, groupId, groupInfo: room.groupInfo, roles: room.entries.flatMap(rolesIn) };
    },
    members: async (roomId) =>
      [...(rooms.get(roomId)?.members.values() ?? [])].map((member) => ({ ...member })),
    roomsOf: async (deviceId) =>
      [...rooms].filter(([, room]) => mayFetch(room.members.get(deviceId))).map(([roomId]) => roomId),
    // Nothing is restored here.
    beginBehindLost: async () => false,
    lostUntil: async () => undefined,
    async saveCursors(cursors) {
      for (const { roomId, deviceId, sequence } of cursors) {
        const member = rooms.get(roomId)?.members.get(deviceId);
        if (!member) continue;
        member.cursor = Math.max(member.cursor, sequence);
        member.earlier = readTo(sequence, member.earlier);
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
      if (upTo > (inbox?.last ?? 0)) return false;
      if (inbox) inbox.items = inbox.items.filter(({ sequence }) => sequence > upTo);
      return true;
    },
    async dropInboxItem(deviceId, { sequence, welcome }) {
      const inbox = inboxes.get(deviceId);
      if (inbox)
        inbox.items = inbox.items.filter(
          (item) => item.sequence !== sequence || !equalBytes(sha256(item.welcome), welcome),
        );
    },
    async clearInbox(deviceId) {
      const inbox = inboxes.get(deviceId);
      if (inbox) inbox.items = [];
    },
    async expire(before, limit) {
      let expired = 0;
      for (const room of rooms.values()) {
        const fetching = [...room.members.values()].filter(mayFetch);
        const earlier = [...room.members.values()].flatMap((member) => member.earlier ?? []);
        const readByAll = Math.min(...[...fetching, ...earlier].map(({ cursor }) => cursor));
        room.entries = room.entries.map((entry) => {
          const due = entry.kind === "application" && (entry.time < before || entry.sequence <= readByAll);
          if (!due || expired >= limit) return entry;
          expired += 1;
          const { sequence, epoch, sender, submissionId, time } = entry;
          return { sequence, epoch, sender, submissionId, time, kind: "expired", digest: digestOf(entry) };
        });
        room.entries = room.entries.map((entry) => {
          const due = entry.kind === "expired" && entry.time < before && !mayAsk(room, entry);
          if (!due || expired >= limit) return entry;
          expired += 1;
          submissions.delete(submissionKey(entry.sender, entry.submissionId));
          return { sequence: entry.sequence, kind: "forgotten", digest: entry.digest };
        });
      }
      return expired;
    },
  };
}

const mayFetch = (member: Member | undefined): boolean =>
  member !== undefined && (member.until === undefined || member.cursor < member.until);

/** Earlier times in a room that are not read to the end by this acknowledgement. */
const readTo = (sequence: number, stays: Member["earlier"] = []): NonNullable<Member["earlier"]> =>
  stays
    .map((stay) => ({ ...stay, cursor: Math.max(stay.cursor, sequence) }))
    .filter(({ cursor, until }) => cursor < until);
