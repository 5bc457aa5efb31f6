/** The part of the client that takes Welcomes, with a real encryption; all around it is in memory and does nothing. */
import type { Entering } from "@nimes/client/core/entering-room";
import type { RoomRecord } from "@nimes/client/core/room-record";
import type { RoomsNeeds } from "@nimes/client/services/rooms/rooms";
import { createRooms } from "@nimes/client/services/rooms/rooms";
import type { Invitation } from "@nimes/e2ee/e2ee";
import { fromHex } from "@nimes/protocol/bytes";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import type { TestCircle, TestOfficer } from "../e2ee/test-device.ts";

/** @param here.log SHA-256 of what the rows of the log were known by. */
export function roomsOf(
  circle: TestCircle,
  officer: TestOfficer,
  here: { record: RoomRecord; log?: readonly Uint8Array[] },
) {
  const records = new Map([[here.record.roomId, here.record]]);
  const entered: Entering[] = [];
  const upsert = async (
    roomId: RoomId,
    make: (room: RoomRecord | undefined) => { room: RoomRecord } | undefined,
  ) => {
    const made = make(records.get(roomId));
    if (made) records.set(roomId, made.room);
    return made?.room;
  };
  const get = (roomId: RoomId) => records.get(roomId);
  const nothing = async () => undefined;
  const needs = {
    self: { clientId: officer.clientId, userId: officer.userId },
    device: officer.device,
    e2ee: officer.e2ee,
    store: { list: async () => (here.log ?? []).map((bytesHash) => ({ record: { bytesHash } })) },
    rooms: { get, all: () => [...records.values()], update: upsert, upsert },
    outbox: { move: nothing },
    changes: { tell: nothing },
    clock: { now: () => Date.now(), after: () => () => undefined },
    directory: circle.directory,
    isEnded: () => false,
    tell: nothing,
    refresh: nothing,
    proveDevices: nothing,
    onCarriedOver: nothing,
    onJoined: nothing,
    acknowledgeInbox: nothing,
    enter: (one: Entering) => entered.push(one),
    restart: nothing,
  };
  const service = createRooms(needs as unknown as RoomsNeeds);
  return { join: service.join, entered, records };
}

/** An invitation as the server's inbox shows it. */
export const itemOf = (
  { groupId, proof, ...invitation }: Invitation,
  { committer, devices }: { committer: ClientId; devices: ClientId[] },
): InboxItem => ({
  ...invitation,
  roles: [...invitation.roles],
  sequence: 1,
  kind: "welcome",
  roomSequence: 7,
  runningHash: new Uint8Array(32),
  groupId: fromHex(groupId),
  welcomeProof: proof,
  devices,
  committer,
});
