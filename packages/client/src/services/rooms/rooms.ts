/** How a room comes into being on a device: founded here, or entered by a Welcome. */
import { makeRoomRoles } from "@nimes/e2ee/chains/make-room-roles";
import type { DirectoryLookup } from "@nimes/e2ee/chains/verified-user";
import { verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import type { E2ee, JoinOutcome, Room, WelcomeOrigin } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Claimed } from "@nimes/protocol/claimed";
import { weigh } from "@nimes/protocol/claimed";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { InboxItem } from "@nimes/protocol/frames/server-frames";
import type { ClientId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { firstGroupOf, groupIdOf, newSubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { Entering, Welcomed } from "../../core/entering-room.ts";
import { enteringRoom, entranceRecords, isOfAnother, withLostPlaces } from "../../core/entering-room.ts";
import type { Move } from "../../core/move-room.ts";
import { movedRoom } from "../../core/move-room.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { foundedRoom, isSamePair, joinedRoom, sendersIn } from "../../core/room-record.ts";
import type { StoredNotice } from "../../core/stored-item.ts";
import { isAhead, isFinal, isSentWith, joinOptions } from "../../core/welcome-items.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import { createGrowingPauses } from "../connection/growing-pauses.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Submissions } from "../delivery/submissions.ts";
import { createSerial } from "../serial.ts";
import { tellLeftOut } from "./left-out.ts";
import type { RoomRecords } from "./room-records.ts";

export type Rooms = {
  openDirect(userId: UserId): Promise<Result<RoomId>>;
  createGroup(group: {
    kind: "group" | "channel";
    name: string;
    userIds: readonly UserId[];
    moderators: readonly UserId[];
  }): Promise<Result<RoomId>>;
  /** Goes on with every room whose founding has not been answered. */
  resume(): void;
  /** Takes Welcomes in order; resolves when they are durably applied. */
  join(items: readonly InboxItem[]): Promise<void>;
  /** The log has shown that this device is out; whoever was added again since comes in by that Welcome. */
  onLeft(room: RoomRecord): void;
};

export type RoomsNeeds = {
  self: { clientId: ClientId; userId: UserId };
  device: Signer;
  e2ee: E2ee;
  store: Store;
  rooms: RoomRecords;
  outbox: Outbox;
  submissions: Submissions;
  changes: Changes;
  clock: Clock;
  isOnline(): boolean;
  directory: DirectoryLookup;
  isKnownPerson(userId: UserId): boolean;
  isEnded(clientId: ClientId): boolean;
  tell(roomId: RoomId, notice: StoredNotice): Promise<void>;
  /** Asks the directory for what is new; afterwards its lookup says something for each of the users. */
  refresh(userIds: readonly UserId[]): Promise<void>;
  /** Makes what is known of these devices as new as the server's directory. */
  proveDevices(clientIds: readonly ClientId[]): Promise<void>;
  /** The server says that something stands in the log: it must show it. */
  claimed(submissionId: SubmissionId): void;
  /** What waited in a room that exists already now waits in this one. */
  onCarriedOver(roomId: RoomId): void;
  onJoined(roomId: RoomId): void;
  /** This item alone is done with: what came spoilt beside it comes again. */
  acknowledgeInbox(item: InboxItem): void;
  /** Comes into a room whose Welcome does not open. */
  enter(entrance: Entering): void;
  /** The log goes on from the cursor. */
  restart(): void;
  failed(error: unknown): void;
};

type Founding = {
  kind: RoomKind;
  name: string;
  others: { userId: UserId; role: RoomRole }[];
  pending: UserId[];
};

/** How long a room that the server says exists may be on its way. */
const existingPatienceMs = 60_000;

export function createRooms(needs: RoomsNeeds): Rooms {
  const { self, rooms, e2ee, changes } = needs;
  const serial = createSerial();
  /** Rooms with a Welcome that waits for what the log says before it. */
  const setAside = new Set<RoomId>();
  // With a new connection all are tried again anyway.
  const pauses = createGrowingPauses(needs.clock, (roomId) => {
    if (needs.isOnline()) establish(roomId);
  });

  async function found({ kind, name, others, pending }: Founding): Promise<RoomId> {
    const time = needs.clock.now();
    const { roomId, roles: signed } = await makeRoomRoles({
      kind,
      author: self.clientId,
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
    await e2ee.foundRoom({ roomId, groupId: firstGroupOf(roomId), roles, leaving: [] });
    const { submissionId } = standing;
    const answer = await needs.submissions.submit({
      roomId,
      submissionId,
      submission: { kind: "found", roles: signed },
    });
    // The log shows the founding, or it has not been taken.
    if (answer.answer === "accepted") {
      pauses.forget(roomId);
      return needs.claimed(submissionId);
    }
    const { existingRoomId } = answer;
    // Taken before, under an id to which the answer was another: as if it had been accepted.
    if (existingRoomId !== undefined && weigh(existingRoomId) === roomId) return needs.claimed(submissionId);
    if (existingRoomId !== undefined && roles.kind === "direct") await replaceBy(roomId, existingRoomId);
    else await refuseFounding(roomId, answer.code);
    changes.tell({ of: "rooms" });
    changes.tell({ of: "room", roomId });
  }

  /** Said, and tried again by itself under a new id: a refusal can be a lie. */
  async function refuseFounding(roomId: RoomId, code: ErrorCode): Promise<void> {
    pauses.later(roomId);
    await rooms.update(roomId, (room) =>
      room.standing.state === "founding"
        ? {
            room: {
              ...room,
              standing: { ...room.standing, submissionId: newSubmissionId(), refused: code },
            },
            durability: "strict",
          }
        : undefined,
    );
  }

  /**
   * The server says that the two have a room already. It names none to write into: what waits moves only where this device
   * has verified that it is a room of exactly these two; until the Welcome is there it waits, and people see that.
   */
  async function replaceBy(roomId: RoomId, claimed: Claimed<RoomId>): Promise<void> {
    const existing = weigh(claimed);
    const target = rooms.get(existing);
    const mine = rooms.get(roomId);
    if (target && mine && !isSamePair(target, mine)) return refuseFounding(roomId, "server-contradicts");
    await rooms.update(roomId, (room) =>
      room.standing.state === "founding"
        ? {
            room: {
              ...room,
              standing: {
                ...room.standing,
                submissionId: newSubmissionId(),
                existing: { roomId: existing, since: room.standing.existing?.since ?? needs.clock.now() },
              },
            },
            durability: "strict",
          }
        : undefined,
    );
    // Its Welcome may have come meanwhile.
    if (rooms.get(existing)) await adopt(existing);
    else waitForExisting(roomId);
  }

  /** A room that is said to exist and does not come is nonsense after a while. */
  function waitForExisting(roomId: RoomId): void {
    needs.clock.after(existingPatienceMs, () => {
      const { standing } = rooms.get(roomId) ?? {};
      if (standing?.state !== "founding" || !standing.existing) return;
      refuseFounding(roomId, "server-contradicts")
        .then(() => changes.tell({ of: "room", roomId }))
        .catch(needs.failed);
    });
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

  /** @returns whether the item is done with: what could not be judged or opened is asked for again. */
  async function joinOne(item: InboxItem): Promise<boolean> {
    const { roomId } = item;
    const groupId = groupIdOf(item.groupId);
    const known = rooms.get(roomId);
    // What was there once is over, whatever is shown of it again (M10).
    if (known?.leftGroups?.includes(groupId)) return false;
    if (isOfAnother(rooms.all(), { roomId, groupId })) return false;
    const trouble = known?.trouble;
    const move = trouble?.kind === "moved" && trouble.groupId === groupId ? trouble : undefined;
    // A Welcome to another group than the room is in waits for the entry of the log that founds it.
    const isAway = trouble?.kind === "moved";
    if (known?.standing.state === "member" && groupId !== known.groupId && !isAway) return false;
    if (known && isAhead(known, item)) {
      setAside.add(roomId);
      return false;
    }
    setAside.delete(roomId);
    if (known?.standing.state === "left") await e2ee.leaveRoom(known.groupId);
    const { welcome, roles, welcomeProof: proof } = item;
    let joined: JoinOutcome;
    // Whoever has just come may be known by a letter alone.
    await needs.proveDevices([item.committer, ...item.devices]);
    for (;;) {
      joined = await e2ee.joinRoom(
        { roomId, groupId, welcome, roles, proof },
        joinOptions(item, known, move),
      );
      if (joined.outcome !== "chain-missing") break;
      await needs.refresh(joined.userIds);
    }
    switch (joined.outcome) {
      case "refused":
        return isFinal(joined.reason);
      case "already-joined":
        // Whatever it says, it changes nothing: the group is the one that this device knows.
        if (known?.standing.state === "member" && !move && !known.absent) return true;
        break;
      case "joined":
        break;
      case "unopened":
        // Done with when it is in.
        await enterUnopened(item, joined, known);
        return false;
      default:
        joined satisfies never;
    }
    const devices = await e2ee.devicesOf(groupId);
    const epoch = (await e2ee.epochOf(groupId)) ?? 0;
    if (move && isSentWith(item, move.commit))
      await moveTo(roomId, { groupId, devices, epoch, without: move.without });
    // Whoever was added again comes in where that stands in the log: what was before is not for them.
    else await enter(item, { ...joined, groupId, devices, epoch, ...rulesOf(joined.room) });
    changes.tell({ of: "rooms" });
    changes.tell({ of: "room", roomId });
    needs.onJoined(roomId);
    return true;
  }

  /** The room that this device is in goes on in a group that the log has named. */
  async function moveTo(
    roomId: RoomId,
    { epoch, ...to }: Pick<Move, "groupId" | "devices" | "without"> & { epoch: number },
  ): Promise<void> {
    const place = { ...to, joinedEpoch: epoch, logEpoch: epoch, ownCommits: [] };
    await rooms.update(roomId, (room) => ({
      room: movedRoom(room, { ...place, senders: sendersIn(room, to.devices) }, needs.isEnded),
      durability: "strict",
    }));
    await tellLeftOut(needs, roomId);
    needs.restart();
  }

  async function enter(
    item: InboxItem,
    joined: Pick<RoomRecord, "groupId" | "devices" | "roles" | "awaited"> & WelcomeOrigin & { epoch: number },
  ): Promise<void> {
    const { roomId, roomSequence: sequence, runningHash: hash, roles: signedRoles } = item;
    const { groupId, devices, roles, awaited, commit, author, epoch } = joined;
    const start = {
      roomId,
      groupId,
      roles,
      signedRoles,
      since: needs.clock.now(),
      ...(awaited && { awaited }),
    };
    const records = entranceRecords(item, { author, commit, self: self.userId, at: start.since });
    await rooms.upsert(roomId, (known) => {
      const joined = joinedRoom(start, { sequence, hash, devices, commit, epoch }, known);
      const { room, changes } = withLostPlaces(joined, known, start.since);
      return { room, changes: [...records, ...changes], durability: "strict" };
    });
    await adopt(roomId);
  }

  /**
   * Whoever is new, or was taken out and is added again, comes in all the same, where its leaf stands in the tree. Not by the
   * commit that had brought it in before: a Welcome that is shown again brings nobody back (M10).
   */
  async function enterUnopened(item: InboxItem, welcomed: Welcomed, known: RoomRecord | undefined) {
    if (known && known.standing.state !== "left") return;
    const log = known ? await needs.store.list("log", { prefix: [item.roomId] }) : [];
    if (log.some(({ record }) => equalBytes(record.bytesHash, welcomed.commit))) return;
    needs.enter(enteringRoom(item, welcomed, { self: self.userId, now: needs.clock.now(), known }));
  }

  /** Rooms of the same two that were founded here and wait for this one. */
  async function adopt(to: RoomId): Promise<void> {
    const target = rooms.get(to);
    if (!target) return;
    for (const room of rooms.all()) {
      if (room.standing.state !== "founding" || room.standing.existing?.roomId !== to) continue;
      if (!isSamePair(target, room)) continue;
      // First of all, so that what was written is shown in one of the two at any moment.
      await needs.outbox.move(room.roomId, to);
      await rooms.update(room.roomId, (now) => ({
        room: { ...now, standing: { state: "replaced", by: to } },
        durability: "strict",
      }));
      await e2ee.leaveRoom(room.groupId);
    }
    await carryOver(to);
  }

  return {
    async openDirect(userId) {
      if (userId === self.userId || !needs.isKnownPerson(userId)) return refuse("not-found");
      const existing = rooms.directWith(userId, self.userId);
      if (existing) return ok(existing.roomId);
      const others: Founding["others"] = [{ userId, role: "owner" }];
      return ok(await found({ kind: "direct", name: "", others, pending: [userId] }));
    },
    async createGroup({ kind, name, userIds, moderators }) {
      const pending = [...new Set(userIds)].filter((userId) => userId !== self.userId);
      if (!pending.every(needs.isKnownPerson)) return refuse("not-found");
      const others = [...new Set(moderators)]
        .filter((userId) => pending.includes(userId))
        .map((userId): Founding["others"][number] => ({ userId, role: "moderator" }));
      return ok(await found({ kind, name, others, pending }));
    },
    resume() {
      for (const { roomId, standing } of rooms.all())
        if (standing.state === "replaced") carryOver(standing.by).catch(needs.failed);
        else establish(roomId);
    },
    async join(items) {
      for (const item of items) if (await joinOne(item)) needs.acknowledgeInbox(item);
    },
    onLeft({ roomId, groupId }) {
      e2ee.leaveRoom(groupId).catch(needs.failed);
      // It comes again with a new connection.
      if (setAside.has(roomId)) needs.restart();
    },
  };
}

const rulesOf = ({ roles, awaited }: Room): Pick<RoomRecord, "roles" | "awaited"> => ({
  roles,
  ...(awaited && { awaited }),
});
