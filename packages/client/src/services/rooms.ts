/** How a room comes into being on a device: founded here, or entered by a Welcome. */
import { makeRoomRoles } from "@nimes/e2ee/chains/make-room-roles";
import type { DirectoryLookup } from "@nimes/e2ee/chains/verified-user";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import type { E2ee, JoinOutcome } from "@nimes/e2ee/e2ee";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId, userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import { foundedRoom, joinedRoom } from "../core/room-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
import type { Outbox } from "./outbox.ts";
import type { RoomRecords } from "./room-records.ts";
import { createSerial } from "./serial.ts";
import type { Submissions } from "./submissions.ts";

export type Rooms = {
  openDirect(userId: UserId): Promise<Result<RoomId>>;
  createGroup(group: {
    name: string;
    userIds: readonly UserId[];
    moderators: readonly UserId[];
  }): Promise<Result<RoomId>>;
  /** Goes on with every room whose founding has not been answered. */
  resume(): void;
  /** Takes Welcomes in order; resolves when they are durably applied. */
  join(items: readonly InboxItem[]): Promise<void>;
  /** Last inbox item that is durably applied. */
  inboxSequence(): number;
};

export type RoomsNeeds = {
  self: { clientId: ClientId; userId: UserId };
  device: Signer;
  store: Store;
  e2ee: E2ee;
  rooms: RoomRecords;
  outbox: Outbox;
  submissions: Submissions;
  changes: Changes;
  clock: Clock;
  directory: DirectoryLookup;
  isKnownPerson(userId: UserId): boolean;
  prove(userIds: readonly UserId[]): Promise<void>;
  proveDevices(clientIds: readonly ClientId[]): Promise<void>;
  /** The server has taken the founding: people can be added. */
  onFounded(roomId: RoomId): void;
  /** What waited in a room that turned out to exist already now waits in this one. */
  onCarriedOver(roomId: RoomId): void;
  onJoined(roomId: RoomId): void;
  acknowledgeInbox(sequence: number): void;
  failed(error: unknown): void;
};

type Founding = {
  kind: RoomKind;
  name: string;
  others: { userId: UserId; role: RoomRole }[];
  pending: UserId[];
};

export async function loadRooms(needs: RoomsNeeds): Promise<Rooms> {
  const { self, store, rooms, e2ee, changes } = needs;
  const serial = createSerial();
  let inboxSequence = (await store.get("positions", ["inbox"]))?.sequence ?? 0;

  async function found({ kind, name, others, pending }: Founding): Promise<RoomId> {
    const time = needs.clock.now();
    const { roomId, roles: signed } = await makeRoomRoles({
      kind,
      creator: self.clientId,
      device: needs.device,
      others,
      time,
    });
    const verified = await verifyRoles([signed], needs.directory);
    if (!verified.ok) throw new Error("the roles that this device has just made do not verify");
    const record = foundedRoom({
      roomId,
      roles: verified.value,
      signedRoles: [signed],
      standing: { state: "founding", submissionId: newSubmissionId() },
      self: self.clientId,
      name,
      pending,
      since: time,
    });
    await rooms.upsert(roomId, () => ({ room: record, durability: "strict" }));
    changes.tell({ of: "rooms" });
    establish(roomId);
    return roomId;
  }

  function establish(roomId: RoomId): void {
    serial(roomId, () => submitFounding(roomId)).catch(needs.failed);
  }

  async function submitFounding(roomId: RoomId): Promise<void> {
    const { roles, signedRoles: [signed] = [], standing } = rooms.get(roomId) ?? {};
    if (standing?.state !== "founding" || !roles || !signed) return;
    await e2ee.foundRoom({ roomId, roles });
    const { submissionId } = standing;
    const answer = await needs.submissions.submit({
      roomId,
      submissionId,
      submission: { kind: "found", roles: signed },
    });
    if (answer.answer === "accepted") return onTaken(roomId);
    const existing = answer.existingRoomId;
    await rooms.update(roomId, (room) => ({
      room: { ...room, standing: existing ? { state: "replaced", by: existing } : { state: "left" } },
      durability: "strict",
    }));
    await e2ee.leaveRoom(roomId);
    if (existing) await carryOver(existing);
    changes.tell({ of: "rooms" });
    changes.tell({ of: "room", roomId });
  }

  async function onTaken(roomId: RoomId): Promise<void> {
    await rooms.update(roomId, (room) => ({
      room: { ...room, standing: { state: "member" } },
      durability: "strict",
    }));
    needs.onFounded(roomId);
  }

  /** What was written into rooms that turned out to exist already goes out in the one that is there. */
  async function carryOver(to: RoomId): Promise<void> {
    const target = rooms.get(to);
    if (!target) return;
    for (const room of rooms.all()) {
      if (room.standing.state !== "replaced" || room.standing.by !== to) continue;
      await needs.outbox.move(room.roomId, to);
      if (room.draft !== "" && target.draft === "")
        await rooms.update(to, (now) => ({ room: { ...now, draft: room.draft } }));
      changes.tell({ of: "room", roomId: room.roomId });
    }
    needs.onCarriedOver(to);
  }

  async function joinOne(item: InboxItem): Promise<void> {
    let joined: JoinOutcome;
    await needs.proveDevices([item.committer, ...item.devices]);
    for (;;) {
      joined = await e2ee.joinRoom(item);
      if (joined.outcome !== "chain-missing") break;
      await needs.prove(joined.userIds);
    }
    const position: Change = { put: "positions", key: ["inbox"], record: { sequence: item.sequence } };
    if (joined.outcome === "refused") return store.write([position], "strict");
    const { roles } = joined.room;
    const changed = await rooms.upsert(item.roomId, (known) => {
      // The same Welcome again: the room has gone on since.
      if (known && known.standing.state !== "left" && known.cursor >= item.roomSequence) return undefined;
      const entrance = { sequence: item.roomSequence, hash: item.runningHash, devices: item.devices };
      const start = { roomId: item.roomId, roles, signedRoles: item.roles, since: needs.clock.now() };
      const room = joinedRoom(start, entrance, known);
      return {
        room,
        changes: [position, ...entranceRecords(item, self.userId, start.since)],
        durability: "strict",
      };
    });
    if (!changed) return store.write([position], "strict");
    await carryOver(item.roomId);
    changes.tell({ of: "rooms" });
    changes.tell({ of: "room", roomId: item.roomId });
    needs.onJoined(item.roomId);
  }

  return {
    async openDirect(userId) {
      if (userId === self.userId || !needs.isKnownPerson(userId)) return refuse("not-found");
      const existing = rooms.directWith(userId, self.userId);
      if (existing) return ok(existing.roomId);
      const others: Founding["others"] = [{ userId, role: "owner" }];
      return ok(await found({ kind: "direct", name: "", others, pending: [userId] }));
    },
    async createGroup({ name, userIds, moderators }) {
      const pending = [...new Set(userIds)].filter((userId) => userId !== self.userId);
      if (!pending.every(needs.isKnownPerson)) return refuse("not-found");
      const others = [...new Set(moderators)]
        .filter((userId) => pending.includes(userId))
        .map((userId): Founding["others"][number] => ({ userId, role: "moderator" }));
      return ok(await found({ kind: "group", name, others, pending }));
    },
    resume() {
      for (const { roomId, standing } of rooms.all())
        if (standing.state === "replaced") carryOver(standing.by).catch(needs.failed);
        else establish(roomId);
    },
    inboxSequence: () => inboxSequence,
    async join(items) {
      for (const item of items) {
        if (item.sequence <= inboxSequence) continue;
        await joinOne(item);
        inboxSequence = item.sequence;
        needs.acknowledgeInbox(item.sequence);
      }
    },
  };
}

/** The hash that the first message will confirm or deny, and who brought this device in. */
const entranceRecords = (item: InboxItem, self: UserId, at: number): Change[] => [
  {
    put: "log",
    key: [item.roomId, item.roomSequence],
    record: { hash: item.runningHash, bytesHash: new Uint8Array(0) },
  },
  {
    put: "timeline",
    key: [item.roomId, item.roomSequence, 1],
    record: { kind: "notice", at, notice: { type: "added", by: userOf(item.committer), people: [self] } },
  },
];
