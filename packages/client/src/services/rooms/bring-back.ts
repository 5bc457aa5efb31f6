/**
 * Rooms that the server has lost, because they were founded after the backup that was put back. Whoever has founded one founds it
 * again, with the same signed roles and so under the same id; behind that the log says that the server was restored, and the
 * room is founded anew with everybody who was in it, as where a backup had it (ADR 32). That the server has lost it is its word
 * alone: a room that it has after all is not founded twice.
 */
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { RoomRoles } from "@nimes/protocol/signed/room-roles";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { RoomRecord } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Session } from "../connection/session.ts";
import type { Submissions } from "../delivery/submissions.ts";
import { createSerial } from "../serial.ts";
import type { RoomRecords } from "./room-records.ts";

export type BringBack = {
  /** The server says that this device is not in the room. */
  look(roomId: RoomId): Promise<void>;
  /** Everything has come: looks at all rooms that it may have lost, once for each backup that was put back. */
  lookAll(): Promise<void>;
};

/** Nobody puts back a backup that is older. */
const oldestBackupMs = 30 * 24 * 60 * 60_000;

export function createBringBack(needs: {
  self: { clientId: ClientId };
  rooms: RoomRecords;
  session: Session;
  submissions: Submissions;
  clock: Clock;
}): BringBack {
  const { self, rooms, clock } = needs;
  const serial = createSerial();
  /** Entries that said so, and for which all was looked at. */
  const looked = new Set<string>();

  async function lookAt(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    const [roles] = room?.signedRoles ?? [];
    if (!room || !roles || room.standing.state !== "member" || !isFoundedBy(room, self.clientId)) return;
    const arrivals = await needs.session.call(routes.getArrivals, { params: { roomId } });
    if (arrivals.ok || arrivals.code !== "not-found") return;
    const submission = { kind: "found", roles, again: true } as const;
    await needs.submissions.submit({ roomId, submissionId: newSubmissionId(), submission });
  }
  const look = (roomId: RoomId): Promise<void> => serial(roomId, () => lookAt(roomId));

  return {
    look,
    async lookAll() {
      const said = rooms.all().flatMap(({ roomId, restored, lost }) => {
        const sequence = restored?.sequence ?? lost?.until;
        return sequence === undefined ? [] : [`${roomId} ${sequence}`];
      });
      if (said.every((one) => looked.has(one))) return;
      for (const one of said) looked.add(one);
      for (const room of rooms.all())
        if (clock.now() - foundedAt(room) < oldestBackupMs && !room.restored) await look(room.roomId);
    },
  };
}

function founding({ signedRoles: [first] }: RoomRecord): RoomRoles | undefined {
  const roles = first && peekSigned(RoomRoles, first);
  return roles?.ok ? roles.value : undefined;
}
const isFoundedBy = (room: RoomRecord, device: ClientId): boolean => founding(room)?.author === device;
const foundedAt = (room: RoomRecord): number => founding(room)?.time ?? 0;
