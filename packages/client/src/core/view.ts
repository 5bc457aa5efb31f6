/**
 * What people see of what is stored: names for ids, ticks for places. Pure; the directory's words come in. Total: a kind
 * that this app does not know, stored by a newer one, becomes a row that says so.
 */
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { ClientId, RoomId, UnitId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { may } from "@nimes/protocol/roles/may";
import { previewOf, shownMarks, shownOf } from "../kinds/kinds.ts";
import type {
  Delivery,
  EndedDevice,
  MessageItem,
  Notice,
  NoticeItem,
  Person,
  RoomSummary,
  RoomTrouble,
} from "../nimes-client.ts";
import { goneFrom } from "./move-room.ts";
import type { OutboxRecord, ShownRecord, Stage } from "./outbox-record.ts";
import { isShown } from "./outbox-record.ts";
import type { IsEnded, RoomRecord } from "./room-record.ts";
import { isIn, peerOf, placeTime, sightOf, usersOf } from "./room-record.ts";
import type { StoredMessage, StoredNotice } from "./stored-item.ts";
import type { Trouble } from "./trouble.ts";

/** The directory's words for people and stations. */
export type Names = {
  self: ClientId;
  user(userId: UserId): VerifiedUser | undefined;
  unitName(unitId: UnitId): string;
  /** Devices that were added to a room and have fetched nothing there since, as the server says. */
  awaited?(roomId: RoomId): readonly ClientId[];
};

export const nameOf = (names: Names, userId: UserId): string => names.user(userId)?.displayName ?? "?";

/** The unit of today: what a room says stays true when somebody moves on. */
const unitOf = (names: Names, userId: UserId): string => {
  const user = names.user(userId);
  return user ? names.unitName(user.unitId) : "?";
};

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

export const endedOf = (devices: readonly VerifiedUser["ended"][number][]): { ended?: EndedDevice[] } =>
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

export function deliveryOf(stage: Stage): Delivery {
  switch (stage.at) {
    case "uploading":
      return { state: "uploading", sent: stage.sent, total: stage.total };
    case "waiting":
      return { state: "waiting" };
    case "sealed":
      return { state: stage.claimed === undefined ? "waiting" : "sent" };
    case "wedged":
      return { state: "wedged", reason: stage.reason };
    default:
      stage satisfies never;
      return { state: "waiting" };
  }
}

const placedDelivery = (room: RoomRecord, sequence: number): Delivery =>
  sequence <= room.delivered ? { state: "delivered" } : { state: "sent" };

/** So much earlier than it arrived, and when it was written says something: a phone without network, or a clock. */
const toldApartMs = 10 * 60_000;
/** Nobody writes later than it arrives; a clock that says so is ahead, and of no interest. */
const writtenApart = (sentAt: number, at: number): { writtenAt?: number } =>
  sentAt < at - toldApartMs ? { writtenAt: sentAt } : {};

export function messageItem(
  names: Names,
  room: RoomRecord,
  placed: { sequence: number; item: StoredMessage },
): MessageItem {
  const { item, sequence } = placed;
  const userId = userOf(item.sender);
  const own = userId === userOf(names.self);
  const marks =
    item.marks && shownMarks(item.marks, { self: userOf(names.self), nameOf: (id) => nameOf(names, id) });
  return {
    kind: "message",
    messageId: item.messageId,
    sender: { userId, displayName: nameOf(names, userId) },
    own,
    at: item.at,
    ...writtenApart(item.sentAt, item.at),
    sequence,
    body: shownOf(item.body),
    ...(marks && { marks }),
    ...(own && { delivery: placedDelivery(room, sequence) }),
  };
}

export function outboxItem(names: Names, room: RoomRecord, record: ShownRecord): MessageItem {
  const userId = userOf(names.self);
  const claimed = record.stage.at === "sealed" ? record.stage.claimed : undefined;
  return {
    kind: "message",
    messageId: record.messageId,
    sender: { userId, displayName: nameOf(names, userId) },
    own: true,
    at: placeTime(room, record.composedAt),
    // Where the server says that it stands, as far as that can be.
    ...(claimed !== undefined && { sequence: Math.min(claimed, room.cursor + limits.maxEntriesAhead) }),
    body: shownOf(record.body),
    delivery: waitingDelivery(room, record.stage),
  };
}

/** A room that the server does not found keeps what waits in it, and says why. */
function waitingDelivery(room: RoomRecord, stage: Stage): Delivery {
  const { standing } = room;
  return stage.at === "waiting" && standing.state === "founding" && standing.refused !== undefined
    ? { state: "wedged", reason: standing.refused }
    : deliveryOf(stage);
}

type PlacedNotice = { sequence: number; index: number; at: number; notice: StoredNotice };

export const noticeItem = (names: Names, placed: PlacedNotice): NoticeItem => ({
  kind: "notice",
  id: noticeId(placed),
  at: placed.at,
  sequence: placed.sequence,
  notice: noticeOf(names, placed.notice),
});

/** In place of a record of which this app can tell nothing else. */
export const newerItem = (placed: Omit<PlacedNotice, "notice">): NoticeItem => ({
  kind: "notice",
  id: noticeId(placed),
  at: placed.at,
  sequence: placed.sequence,
  notice: { type: "newer" },
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
      return { type: notice.type, by: nameOf(names, notice.by) };
    case "removed-you":
      return { type: notice.type, ...byOf(names, notice.by) };
    case "added":
    case "removed":
      return {
        type: notice.type,
        ...byOf(names, notice.by),
        people: notice.people.map((userId) => nameOf(names, userId)),
      };
    case "renamed":
      return { ...notice, by: nameOf(names, notice.by) };
    case "loss":
    case "fork":
    case "unopened":
    case "refused":
      return { ...notice, ...senderOf(names, notice.sender) };
    case "withheld":
    case "restored":
    case "came-back":
      return notice;
    case "role":
      return { ...notice, by: nameOf(names, notice.by), person: nameOf(names, notice.person) };
    case "left":
      return { type: notice.type, person: nameOf(names, notice.person) };
    case "left-out":
      return { type: notice.type, people: notice.people.map((userId) => nameOf(names, userId)) };
    case "refounded":
      return { type: notice.type, by: nameOf(names, notice.by) };
    case "new-device":
      return { type: notice.type, person: nameOf(names, notice.person), userId: notice.person };
    case "changed-unit":
      return { type: notice.type, person: nameOf(names, notice.person), unit: unitOf(names, notice.person) };
    case "expired": {
      const { type, count, sender } = notice;
      return { type, count, ...(sender !== undefined && { sender: nameOf(names, sender) }) };
    }
    default:
      notice satisfies never;
      return { type: "newer" };
  }
}

const byOf = (names: Names, by: UserId | undefined): { by?: string } => (by ? { by: nameOf(names, by) } : {});
const senderOf = (names: Names, sender: UserId | undefined): { sender?: string } =>
  sender ? { sender: nameOf(names, sender) } : {};

/** @param outbox what is on its way in this room. */
export function summaryOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomSummary {
  const self = userOf(names.self);
  const peer = peerOf(room, self);
  const peerUser = peer === undefined ? undefined : names.user(peer);
  const last = lastOf(names, room, outbox);
  const gone = goneOf(names, room);
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
    readers: usersOf(room.devices.filter((device) => !isEndedIn(names)(device))).length,
    devices: room.devices.length,
    present: isIn(room),
    writable: isIn(room) && may(sightOf(room, isEndedIn(names)), self, "post"),
    ...(room.trouble && !room.absent && { trouble: troubleOf(room.trouble) }),
  };
}

const troubleOf = ({ kind }: Trouble): RoomTrouble =>
  kind === "against-rules" || kind === "rewound" ? "waiting" : "coming-back";

/** Until the first profile has come, a group is called after its people. */
const groupName = (names: Names, room: RoomRecord): string =>
  room.name ||
  usersOf(room.devices)
    .filter((userId) => userId !== userOf(names.self))
    .slice(0, 3)
    .map((userId) => nameOf(names, userId))
    .join(", ");

function lastOf(names: Names, room: RoomRecord, outbox: readonly OutboxRecord[]): RoomSummary["last"] {
  const waiting = outbox.findLast(isShown);
  if (waiting)
    return {
      senderName: nameOf(names, userOf(names.self)),
      own: true,
      at: placeTime(room, waiting.composedAt),
      preview: previewOf(waiting.body),
      delivery: waitingDelivery(room, waiting.stage),
    };
  const { last } = room;
  if (!last) return undefined;
  const own = userOf(last.sender) === userOf(names.self);
  return {
    senderName: nameOf(names, userOf(last.sender)),
    own,
    at: last.at,
    preview: previewOf(last.body),
    ...(own && { delivery: placedDelivery(room, last.sequence) }),
  };
}

/** Whether a device has ended, as the directory has it. */
export const isEndedIn =
  (names: Names): IsEnded =>
  (device) =>
    names.user(userOf(device))?.ended.some(({ clientId }) => clientId === device) ?? false;

/** Whose devices have ended and who may come back: not those whom nobody that counts vouches for. */
export const goneOf = (names: Names, room: RoomRecord): UserId[] =>
  goneFrom(room, isEndedIn(names)).filter((userId) => names.user(userId)?.attested !== false);

/** When something last happened in a room: where it stands in the list. */
export const activityOf = (room: RoomRecord, outbox: readonly OutboxRecord[]): number =>
  Math.max(room.since, room.last?.at ?? 0, outbox.findLast(isShown)?.composedAt ?? 0);
