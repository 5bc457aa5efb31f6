/** The rooms of this device: in memory for reading, in the store for keeping, one change of a room after the other. */
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import type { RoomRecord } from "../../core/room-record.ts";
import { peerOf, sameDevices, sendersIn } from "../../core/room-record.ts";
import type { Durability, Store, Write } from "../../ports/store.ts";
import { createSerial } from "../serial.ts";

/** What a change makes of a room, and what is written with it in the same batch. */
export type RoomChange = { room: RoomRecord; changes?: readonly Write[]; durability?: Durability };

export type RoomRecords = {
  get(roomId: RoomId): RoomRecord | undefined;
  all(): RoomRecord[];
  /** The room that a room was replaced by, once this device is in it; else the room itself. */
  current(roomId: RoomId): RoomId;
  /** The direct room with this person that is in use. */
  directWith(userId: UserId, self: UserId): RoomRecord | undefined;
  /**
   * Changes a room; `make` sees it as no other change can touch it until the batch is written.
   * @returns the room afterwards; undefined when `make` left it alone or there is none.
   */
  update(
    roomId: RoomId,
    make: (room: RoomRecord) => RoomChange | undefined | Promise<RoomChange | undefined>,
  ): Promise<RoomRecord | undefined>;
  /**
   * Shows the leaves that the encryption has just told, outside of a commit that stands in the log: whoever they bring has a
   * claim on nothing that was written, until the log shows with which entry they came (P9).
   */
  showDevices(roomId: RoomId, devices: readonly ClientId[]): Promise<RoomRecord | undefined>;
  /** As `update`, for a room that may not be there yet. */
  upsert(
    roomId: RoomId,
    make: (room: RoomRecord | undefined) => RoomChange | undefined,
  ): Promise<RoomRecord | undefined>;
};

export async function loadRoomRecords(store: Store): Promise<RoomRecords> {
  const rooms = new Map<RoomId, RoomRecord>();
  for (const { record } of await store.list("rooms", { prefix: [] })) rooms.set(record.roomId, record);
  const serial = createSerial();

  const change = (
    roomId: RoomId,
    make: (room: RoomRecord | undefined) => RoomChange | undefined | Promise<RoomChange | undefined>,
  ) =>
    serial(roomId, async () => {
      const made = await make(rooms.get(roomId));
      if (!made) return undefined;
      const { room, changes = [], durability = "relaxed" } = made;
      await store.write([{ put: "rooms", key: [roomId], record: room }, ...changes], durability);
      rooms.set(roomId, room);
      return room;
    });

  return {
    get: (roomId) => rooms.get(roomId),
    all: () => [...rooms.values()],
    current(roomId) {
      const standing = rooms.get(roomId)?.standing;
      return standing?.state === "replaced" && rooms.has(standing.by) ? standing.by : roomId;
    },
    directWith: (userId, self) =>
      [...rooms.values()].find(
        (room) =>
          peerOf(room, self) === userId &&
          room.standing.state !== "left" &&
          !(room.standing.state === "replaced" && rooms.has(room.standing.by)),
      ),
    update: (roomId, make) => change(roomId, (room) => (room ? make(room) : undefined)),
    showDevices: (roomId, devices) =>
      change(roomId, (room) =>
        room && !sameDevices(room.devices, devices)
          ? {
              room: {
                ...room,
                devices: [...devices],
                senders: { ...room.senders, ...sendersIn(room, devices) },
              },
              durability: "strict",
            }
          : undefined,
      ),
    upsert: change,
  };
}
