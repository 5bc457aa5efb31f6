/** What people see of what is stored: names for ids, ticks for places. Pure; the directory's words come in. */
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { ClientId, UnitId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";
import type {
  Delivery,
  EndedDevice,
  MessageBody,
  MessageItem,
  Notice,
  NoticeItem,
  Person,
  Preview,
  RoomDetail,
  RoomMember,
  RoomSummary,
} from "../nimes-client.ts";
import type { OutboxRecord, OutgoingBody, Stage } from "./outbox-record.ts";
import type { RoomRecord } from "./room-record.ts";
import { mayChangeMembers, peerOf, usersOf } from "./room-record.ts";
import { sniffMediaType } from "./sniff.ts";
import type { StoredBody, StoredMessage, StoredNotice } from "./stored-item.ts";

/** The directory's words for people and stations. */
export type Names = {
  self: ClientId;
  user(userId: UserId): VerifiedUser | undefined;
  unitName(unitId: UnitId): string;
};

const nameOf = (names: Names, userId: UserId): string => names.user(userId)?.displayName ?? "?";

export function personOf(names: Names, user: VerifiedUser): Person {
  return {
    userId: user.userId,
    displayName: user.displayName,
    unitId: user.unitId,
    unitName: names.unitName(user.unitId),
    function: user.function,
    reachable: user.devices.length > 0,
    devices: user.devices.map(({ clientId, deviceClass, since }) => ({ clientId, deviceClass, since })),
    ...endedOf(user.ended),
  };
}

const endedOf = (devices: readonly VerifiedUser["ended"][number][]): { ended?: EndedDevice[] } =>
  devices.length === 0
    ? {}
    : {
        ended: devices.map(({ clientId, deviceClass, since, until }) => ({
          clientId,
          deviceClass,
          since,
          until,
        })),
      };

export function bodyOf(body: StoredBody | OutgoingBody): MessageBody {
  switch (body.kind) {
    case "text":
      return { kind: "text", text: body.text };
    case "attachment": {
      // A sender can put anything where a thumbnail belongs; what is no picture is not passed on.
      const thumbnailType = sniffMediaType(body.thumbnail);
      return {
        kind: "picture",
        caption: body.caption,
        width: body.width,
        height: body.height,
        thumbnail: thumbnailType ? body.thumbnail : new Uint8Array(0),
        thumbnailType: thumbnailType ?? "image/jpeg",
        sizeBytes: body.size,
      };
    }
    case "newer":
    case "room-profile":
      return { kind: "newer" };
    default:
      return body satisfies never;
  }
}

const previewOf = (body: StoredBody | OutgoingBody): Preview =>
  body.kind === "text"
    ? { kind: "text", text: body.text }
    : body.kind === "attachment"
      ? { kind: "picture", caption: body.caption }
      : { kind: "newer" };

export function deliveryOf(stage: Stage): Delivery {
  switch (stage.at) {
    case "uploading":
      return { state: "uploading", sent: stage.sent, total: stage.total };
    case "waiting":
    case "sealed":
      return { state: "waiting" };
    case "wedged":
      return { state: "wedged", reason: stage.reason };
    default:
      return stage satisfies never;
  }
}

const placedDelivery = (room: RoomRecord, sequence: number): Delivery =>
  sequence <= room.delivered ? { state: "delivered" } : { state: "sent" };

export function messageItem(
  names: Names,
  room: RoomRecord,
  placed: { sequence: number; item: StoredMessage },
): MessageItem {
  const { item, sequence } = placed;
  const userId = userOf(item.sender);
  const own = item.sender === names.self;
  return {
    kind: "message",
    messageId: item.messageId,
    sender: { userId, displayName: nameOf(names, userId) },
    own,
    sentAt: item.sentAt,
    sequence,
    body: bodyOf(item.body),
    ...(own && { delivery: placedDelivery(room, sequence) }),
  };
}

export function outboxItem(names: Names, record: OutboxRecord): MessageItem {
  const userId = userOf(names.self);
  return {
    kind: "message",
    messageId: record.messageId,
    sender: { userId, displayName: nameOf(names, userId) },
    own: true,
    sentAt: record.composedAt,
    body: bodyOf(record.body),
    delivery: deliveryOf(record.stage),
  };
}

export const noticeItem = (
  names: Names,
  placed: { sequence: number; index: number; at: number; notice: StoredNotice },
): NoticeItem => ({
  kind: "notice",
  id: noticeId(placed),
  at: placed.at,
  sequence: placed.sequence,
  notice: noticeOf(names, placed.notice),
});

const noticeId = ({ sequence, index }: { sequence: number; index: number }): string => `${sequence}.${index}`;

/** @returns the place that a notice's id names; undefined for a message id. */
export function placeOfNotice(id: string): { sequence: number; index: number } | undefined {
  const match = /^(\d{1,15})\.(\d{1,3})$/.exec(id);
  return match ? { sequence: Number(match[1]), index: Number(match[2]) } : undefined;
}

function noticeOf(names: Names, notice: StoredNotice): Notice {
  switch (notice.type) {
    case "founded":
    case "removed-you":
      return { type: notice.type, by: nameOf(names, notice.by) };
    case "added":
    case "removed":
      return {
        type: notice.type,
        by: nameOf(names, notice.by),
        people: notice.people.map((userId) => nameOf(names, userId)),
      };
    case "renamed":
      return { ...notice, by: nameOf(names, notice.by) };
    case "loss":
    case "fork":
    case "unopened":
    case "refused":
      return { ...notice, sender: nameOf(names, notice.sender) };
    case "new-device":
      return { type: notice.type, person: nameOf(names, notice.person), userId: notice.person };
    case "expired":
      return notice;
    default:
      return notice satisfies never;
  }
}

/** @param outbox what is on its way in this room. */
export function summaryOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomSummary {
  const self = userOf(names.self);
  const peer = peerOf(room, self);
  const peerUser = peer === undefined ? undefined : names.user(peer);
  const last = lastOf(names, room, outbox);
  const gone = room.gone ?? [];
  const people = new Set([...usersOf(room.devices), ...gone, ...room.pending, ...(peer ? [peer, self] : [])]);
  return {
    roomId: room.roomId,
    kind: room.roles.kind,
    name: peer === undefined ? groupName(names, room) : nameOf(names, peer),
    ...(peerUser && { unitName: names.unitName(peerUser.unitId) }),
    ...(peer && { peer }),
    ...(last && { last }),
    unread: room.unread,
    draft: room.draft,
    people: people.size,
    devices: room.devices.length,
    writable: room.standing.state !== "left",
  };
}

/** Until the first profile has come, a group is called after its people. */
const groupName = (names: Names, room: RoomRecord): string =>
  room.name ||
  usersOf(room.devices)
    .filter((userId) => userId !== userOf(names.self))
    .slice(0, 3)
    .map((userId) => nameOf(names, userId))
    .join(", ");

function lastOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomSummary["last"] {
  const waiting = outbox.findLast(({ body }) => body.kind !== "room-profile");
  if (waiting)
    return {
      senderName: nameOf(names, userOf(names.self)),
      own: true,
      at: waiting.composedAt,
      preview: previewOf(waiting.body),
      delivery: deliveryOf(waiting.stage),
    };
  const { last } = room;
  if (!last) return undefined;
  const own = last.sender === names.self;
  return {
    senderName: nameOf(names, userOf(last.sender)),
    own,
    at: last.at,
    preview: previewOf(last.body),
    ...(own && { delivery: placedDelivery(room, last.sequence) }),
  };
}

export function detailOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomDetail {
  const self = userOf(names.self);
  const present = usersOf(room.devices);
  const peer = peerOf(room, self);
  const gone = (room.gone ?? []).filter((userId) => !present.includes(userId));
  const expected = [...room.pending, ...(peer ? [peer] : [])].filter(
    (userId) => ![...present, ...gone].includes(userId),
  );
  const member = (userId: UserId, state: RoomMember["state"]): RoomMember => {
    const user = names.user(userId);
    const inRoom = (user?.devices ?? []).filter(({ clientId }) => room.devices.includes(clientId));
    return {
      userId,
      displayName: nameOf(names, userId),
      unitName: user ? names.unitName(user.unitId) : "",
      role: roleOf(room, userId),
      state,
      devices: inRoom.map(({ clientId, deviceClass, since }) => ({ clientId, deviceClass, since })),
      ...endedOf(
        (user?.ended ?? []).filter(
          ({ clientId }) => gone.includes(userId) || room.devices.includes(clientId),
        ),
      ),
    };
  };
  const mayBringBack = room.standing.state !== "left" && mayChangeMembers(room, self);
  return {
    ...summaryOf(names, room, outbox),
    members: [
      // Somebody with a new device waits to come back, while the ended one still stands in the room.
      ...[...present, ...gone].map((userId) =>
        member(userId, room.pending.includes(userId) ? "pending" : "member"),
      ),
      ...[...new Set(expected)].map((userId) => member(userId, "pending")),
    ],
    canChangeMembers: room.roles.kind === "group" && mayBringBack,
    mayBringBack,
  };
}

const roleOf = (room: RoomRecord, userId: UserId): RoomRole =>
  room.roles.users.find((user) => user.userId === userId)?.role ?? "member";

/** When something last happened in a room: where it stands in the list. */
export const activityOf = (room: RoomRecord, outbox: readonly OutboxRecord[]): number =>
  Math.max(room.since, room.last?.at ?? 0, outbox.at(-1)?.composedAt ?? 0);
