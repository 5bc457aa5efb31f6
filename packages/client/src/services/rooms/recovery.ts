/**
 * Rooms that recover (DESIGN §12). A device that lost its place in a group comes back by an external commit of its own
 * leaf. What the server has taken and nobody may follow is answered by founding the group of the room anew: without the
 * committer only where the commit was authenticated and against the rules; nobody is blamed on the server's word.
 */

import type { DirectoryLookup } from "@nimes/e2ee/chains/verified-user";
import { authorsOf, verifyRoles } from "@nimes/e2ee/chains/verify-roles";
import type { Answer } from "@nimes/e2ee/e2ee";
import { equalBytes } from "@nimes/protocol/bytes";
import type { Claimed } from "@nimes/protocol/claimed";
import { weigh } from "@nimes/protocol/claimed";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, GroupId, RoomId, UserId } from "@nimes/protocol/ids";
import { firstGroupOf, groupIdOf, userOf } from "@nimes/protocol/ids";
import { refoundingAllowed } from "@nimes/protocol/roles/membership";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import { backoffMs } from "../../core/backoff.ts";
import type { Entering } from "../../core/entering-room.ts";
import { isOfAnother } from "../../core/entering-room.ts";
import { knownPeople } from "../../core/known-people.ts";
import { movedRoom, unseenWhenHealed, withUnseen } from "../../core/move-room.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { formerBehind, isStillOutside, roomOf, sendersIn, sightOf, usersOf } from "../../core/room-record.ts";
import type { StoredNotice } from "../../core/stored-item.ts";
import type { Trouble } from "../../core/trouble.ts";
import { waitFor } from "../../ports/clock.ts";
import { createGrowingPauses } from "../connection/growing-pauses.ts";
import type { CommitAnswer } from "../delivery/commits.ts";
import { createSerial } from "../serial.ts";
import type { GroupWork } from "./group-work.ts";
import { tellLeftOut } from "./left-out.ts";
import type { Members } from "./members.ts";

export type Recovery = {
  /** Does what can be done for a room in trouble now. */
  look(roomId: RoomId): void;
  /** Looks at all rooms in trouble. */
  resume(): void;
  /**
   * A room that this device was welcomed to by somebody who may, and whose Welcome does not open: it comes in where its leaf
   * stands in the tree. It is stored only when there is such a tree, as the encryption has verified; until then it is tried
   * again with pauses that grow.
   */
  enter(entrance: Entering): void;
  close(): void;
};

export type RecoveryNeeds = GroupWork & {
  claim: Members["claim"];
  giveBack: Members["giveBack"];
  refresh(userIds: readonly UserId[]): Promise<void>;
  directory: DirectoryLookup;
  tell(roomId: RoomId, notice: StoredNotice): Promise<void>;
  /** The log goes on from the cursor. */
  restart(): void;
};

type Broken = Extract<Trouble, { kind: "against-rules" | "unopened" | "rewound" }>;
type Group = { epoch: Claimed<number>; groupId: GroupId; groupInfo: Uint8Array; roles: readonly Signed[] };

/** So long the Welcome of a refounding may be on its way before this device comes into the new group by itself. */
const welcomePatienceMs = 10_000;
/** Several may found anew: who waits a moment finds it done. */
const refoundingPauseMs = 2_000;
/** Behind a restored backup everybody brings key packages anew: whoever is not there with some would be left out. */
const rewoundPauseMs = 20_000;
const firstPauseMs = 1_000;
/** So long whoever may add people may take to bring back whom a refounding has left out. */
const leftOutPatienceMs = 7 * 24 * 60 * 60_000;
/** So often a commit that did not open may fail to be followed by coming back before the room is founded anew. */
const maxHealings = 2;
/** So often others may do nothing, or this device be said to be no member, before that is believed. */
const maxAbsences = 6;

export function createRecovery(needs: RecoveryNeeds): Recovery {
  const { self, e2ee, rooms, clock, random } = needs;
  const serial = createSerial();
  const attempts = new Map<RoomId, { count: number; cancel: () => void }>();
  const entering = new Map<RoomId, Entering>();
  const pauses = createGrowingPauses(clock, (roomId) => enterLater(roomId));
  let closed = false;

  const look = (roomId: RoomId): void => {
    serial(roomId, () => lookAt(roomId)).catch((error: unknown) => {
      later(roomId);
      if (!closed) needs.failed(error);
    });
  };

  function enterLater(roomId: RoomId): void {
    serial(roomId, () => tryToEnter(roomId)).catch((error: unknown) => {
      if (!closed) needs.failed(error);
    });
  }

  async function tryToEnter(roomId: RoomId): Promise<void> {
    const entrance = entering.get(roomId);
    if (!entrance || closed) return;
    pauses.later(roomId);
    if (!needs.isOnline()) return;
    const group = await fetchGroup(roomId);
    if (!group || group === "no-member" || group.groupId !== entrance.room.groupId) return;
    const { changes } = entrance;
    const room = await withRolesOf(entrance.room, group.roles);
    await heal(room, group, async () => {
      // From here on it comes back like any other room.
      entering.delete(roomId);
      pauses.forget(roomId);
      await rooms.upsert(roomId, (known) =>
        !known || known.standing.state === "left" ? { room, changes, durability: "strict" } : undefined,
      );
    });
  }

  /**
   * Whoever has invited it may be gone, and who leads since stand only in newer roles. As with a Welcome they count by
   * themselves, where they go on from those that the inviter has signed.
   */
  async function withRolesOf(room: RoomRecord, chain: readonly Signed[]): Promise<RoomRecord> {
    const same = chain[room.roles.version - 1];
    if (!same || !equalBytes(rolesHash(same.payload), room.roles.hash)) return room;
    const unknown = authorsOf(chain).filter((userId) => needs.directory(userId) === undefined);
    if (unknown.length > 0) await needs.refresh(unknown);
    const verified = await verifyRoles(chain, needs.directory);
    return verified.ok ? { ...room, roles: verified.value, signedRoles: [...chain] } : room;
  }

  function later(roomId: RoomId): void {
    const { count = 0, cancel } = attempts.get(roomId) ?? {};
    cancel?.();
    if (closed) return;
    const delayMs = firstPauseMs + backoffMs(count + 1, random);
    attempts.set(roomId, { count: count + 1, cancel: clock.after(delayMs, () => look(roomId)) });
  }

  async function lookAt(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    if (!room?.trouble || room.standing.state !== "member" || !needs.isOnline()) return;
    const group = await fetchGroup(roomId);
    const { trouble } = room;
    // Nobody has brought a tree yet: the server had lost the room as a whole, and this device has founded it again.
    if (group === "no-member" && trouble.kind === "rewound" && isBareIn(room))
      return foundAnew(room, trouble);
    if (group === "no-member") return noteAbsence(roomId);
    if (!group) return later(roomId);
    switch (trouble.kind) {
      case "stranded":
        return heal(room, group);
      case "moved":
        if (clock.now() - trouble.since < welcomePatienceMs) return later(roomId);
        return group.groupId === trouble.groupId ? heal(room, group) : later(roomId);
      case "unopened":
        if (!(await isTaken(room, group))) return end(roomId);
        if ((attempts.get(roomId)?.count ?? 0) < maxHealings) return heal(room, group);
        return foundAnew(room, trouble);
      case "rewound":
        return goOnBehindBackup(room, trouble, group);
      case "against-rules":
        return (await isTaken(room, group)) ? foundAnew(room, trouble) : end(roomId);
      default:
        return trouble satisfies never;
    }
  }

  async function fetchGroup(roomId: RoomId): Promise<Group | "no-member" | undefined> {
    const answer = await needs.session.call(routes.getGroupInfo, { params: { roomId } });
    if (!answer.ok) return answer.code === "not-found" ? "no-member" : undefined;
    const { epoch, groupId, groupInfo, roles } = answer.value;
    return { epoch, groupId: groupIdOf(groupId), groupInfo, roles };
  }

  /** Whether the room has really gone on behind a commit that this device refused; else the server only showed it. */
  async function isTaken({ groupId }: RoomRecord, group: Group): Promise<boolean> {
    const epoch = await e2ee.epochOf(groupId);
    return group.groupId !== groupId || epoch === undefined || weigh(group.epoch) > epoch;
  }

  /** How the server's group stands to this device's. `other` also where only id and epoch are the same. */
  async function compare({ groupId }: RoomRecord, group: Group): Promise<"same" | "ahead" | "other"> {
    const epoch = (await e2ee.epochOf(groupId)) ?? 0;
    const given = weigh(group.epoch);
    if (group.groupId !== groupId || given < epoch) return "other";
    if (given > epoch) return "ahead";
    return (await e2ee.isSameGroup(groupId, group.groupInfo)) ? "same" : "other";
  }

  async function goOnBehindBackup(room: RoomRecord, trouble: Broken, group: Group): Promise<void> {
    const { roomId } = room;
    const stands = await compare(room, group);
    if (stands === "same") return standAgain(room);
    const { count = 0 } = attempts.get(roomId) ?? {};
    // What stands behind its epoch is still to be read, or leads elsewhere.
    if (stands === "ahead" && count < maxHealings) return later(roomId);
    // Whoever may found it anew may have slept through all of it, and know of nothing.
    if (count >= maxAbsences && !mayFound(room, null)) return heal(room, group);
    return foundAnew(room, trouble);
  }

  /** The server goes on where this device's group is: an older epoch that it has named counts no more. */
  async function standAgain({ roomId, groupId }: RoomRecord): Promise<void> {
    const own = (await e2ee.epochOf(groupId)) ?? 0;
    await end(roomId, ({ trouble: _, ...now }) => {
      const epoch = now.stand.groupId === groupId ? Math.max(now.stand.epoch, own) : own;
      return { ...now, stand: { groupId, epoch } };
    });
  }

  const mayFound = (room: RoomRecord, without: ClientId | null): boolean =>
    refoundingAllowed(sightOf(room, needs.isEnded), { author: self.clientId, without });

  async function end(
    roomId: RoomId,
    goesOn: (room: RoomRecord) => RoomRecord = ({ trouble: _, ...room }) => room,
  ): Promise<void> {
    attempts.get(roomId)?.cancel();
    attempts.delete(roomId);
    await rooms.update(roomId, (room) => {
      const { absent: _, ...next } = goesOn(room);
      return { room: next, durability: "strict" };
    });
    needs.changes.tell({ of: "room", roomId });
    needs.changes.tell({ of: "rooms" });
    needs.restart();
  }

  /** @param begin runs when the group is verified, before this device comes into it. */
  async function heal(
    room: RoomRecord,
    { groupId, groupInfo }: Group,
    begin: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const { roomId, trouble } = room;
    const isSame = groupId === room.groupId;
    const isNamed = trouble?.kind === "moved" && trouble.groupId === groupId;
    // Founded anew by this device, and not taken by the server after all.
    const isFormer = room.ownCommits.some(({ refounds }) => refounds === groupId);
    // No group that the log has not named.
    if (!isSame && !isNamed && !isFormer) return trouble?.kind === "stranded" ? readOn(room) : later(roomId);
    if (isOfAnother(rooms.all(), { roomId, groupId })) return later(roomId);
    const healing = {
      groupInfo,
      seenEpoch: isSame ? room.logEpoch : 0,
      known: isStillOutside(room) ? undefined : knownPeople(room),
      ...(!isSame && { replaces: room.groupId }),
    };
    let hash: Uint8Array | undefined;
    const outcome = await e2ee.rejoin({ ...roomOf(room), groupId }, healing, async (bundle) => {
      await begin();
      hash = sha256(bundle.commit);
      return outcomeOf(await needs.commits.submit(roomId, bundle));
    });
    switch (outcome.outcome) {
      case "accepted": {
        const { devices, epoch: joinedEpoch } = outcome;
        await needs.tell(roomId, { type: "came-back" });
        // What it missed has taken the others' counters on; it is asked for, and told when nobody sends it again.
        const senders = sendersIn(room, devices, { counter: null });
        const placeIn = (now: RoomRecord) => {
          const ownCommits = now.ownCommits.filter((own) => hash && equalBytes(own.hash, hash));
          // The log may have shown it already: what is done with then is not waited for again.
          const logEpoch = ownCommits.length === 0 ? joinedEpoch : isSame ? now.logEpoch : 0;
          const former = formerBehind(now.former, devices);
          return { groupId, devices, joinedEpoch, logEpoch, ownCommits, senders, ...former };
        };
        // Who is missing in a group that the log has named is told by the log.
        const unseenBy = (now: RoomRecord) => {
          const time = Math.max(now.lastTime ?? 0, clock.now());
          return isNamed ? now.unseen : unseenWhenHealed(now, devices, { isEnded: needs.isEnded, time });
        };
        if (isSame)
          return end(roomId, ({ trouble: _, ...now }) =>
            withUnseen({ ...now, ...placeIn(now) }, unseenBy(now)),
          );
        const without = isNamed ? trouble.without : null;
        await end(roomId, (now) =>
          withUnseen(movedRoom(now, { ...placeIn(now), without }, needs.isEnded), unseenBy(now)),
        );
        return tellLeftOut(needs, roomId);
      }
      case "chain-missing":
        await needs.refresh(outcome.userIds);
        return later(roomId);
      case "refused":
        if (outcome.reason === "not-in-tree") return noteAbsence(roomId);
        // Where a backup was put back, the log says so behind what does not open here.
        return outcome.reason === "old-epoch" ? readOn(room) : later(roomId);
      case "lost":
      case "unknown":
        return later(roomId);
      default:
        return outcome satisfies never;
    }
  }

  /**
   * Taken out while it had lost its place: it does not come back (TESTS M10). Only what is said again and again is
   * believed, because it is the server's word; and whoever was left out by a refounding is added again by the others.
   */
  async function noteAbsence(roomId: RoomId): Promise<void> {
    const { absent, trouble } = rooms.get(roomId) ?? {};
    if (!trouble) return;
    const isLeftOut = trouble.kind === "moved" && clock.now() - trouble.since < leftOutPatienceMs;
    if (isLeftOut || absent || (attempts.get(roomId)?.count ?? 0) < maxAbsences) return later(roomId);
    // Nothing is given up on the server's word alone: this device asks on, and an invitation brings it back.
    const told = await rooms.update(roomId, (room) =>
      room.absent ? undefined : { room: { ...room, absent: true }, durability: "strict" },
    );
    if (told) await needs.tell(roomId, { type: "removed-you" });
    later(roomId);
  }

  /** The log names the group somewhere behind what does not open here. */
  async function readOn({ roomId }: RoomRecord): Promise<void> {
    const begun = await rooms.update(roomId, (room) =>
      room.trouble?.kind === "stranded" && !room.trouble.passing
        ? { room: { ...room, trouble: { ...room.trouble, passing: true } }, durability: "strict" }
        : undefined,
    );
    if (begun) needs.restart();
    later(roomId);
  }

  async function foundAnew(room: RoomRecord, trouble: Broken): Promise<void> {
    const { roomId } = room;
    const { sequence, digest } = trouble.entry;
    const without = trouble.kind === "against-rules" ? trouble.committer : null;
    if (!mayFound(room, without)) return later(roomId);
    const pauseMs = trouble.kind === "rewound" ? rewoundPauseMs : 0;
    await waitFor(clock, pauseMs + Math.floor(random() * refoundingPauseMs));
    if (closed || rooms.get(roomId)?.trouble !== trouble) return;
    // A new phone never comes in by itself: whose device has ended waits until somebody has asked them.
    const wished = usersOf(room.devices.filter((device) => !needs.isEnded(device))).filter(
      (userId) =>
        userId !== self.userId && !(without && userOf(without) === userId) && !room.leaving.includes(userId),
    );
    const add = await needs.claim(wished);
    if (!add) return later(roomId);
    const groupId = groupIdOf(crypto.getRandomValues(new Uint8Array(32)));
    const outcome = await e2ee.refound(roomOf(room), { groupId, wished, add, without }, (bundle) =>
      needs.commits
        .submitRefounding(roomId, bundle, { answers: { sequence, digest }, without })
        .then(outcomeOf),
    );
    if (outcome.outcome === "lost") needs.giveBack(add);
    if (outcome.outcome !== "accepted") return later(roomId);
    const { devices } = outcome;
    const senders = sendersIn(room, devices);
    const move = { groupId, devices, senders, logEpoch: 0, joinedEpoch: 0, without };
    await end(roomId, (now) => {
      const isShown = now.stand.groupId === groupId;
      const ownCommits = isShown ? [] : now.ownCommits.filter(({ refounds }) => refounds === room.groupId);
      return movedRoom(now, { ...move, ownCommits }, needs.isEnded);
    });
    return tellLeftOut(needs, roomId);
  }

  return {
    look,
    resume() {
      for (const { roomId, trouble } of rooms.all()) if (trouble) look(roomId);
    },
    enter(entrance) {
      const { roomId } = entrance.room;
      const isBegun = entering.has(roomId);
      entering.set(roomId, entrance);
      if (!isBegun) enterLater(roomId);
    },
    close() {
      closed = true;
      for (const { cancel } of attempts.values()) cancel();
    },
  };
}

/** Whether the log stands at the founding of its first group. */
const isBareIn = ({ roomId, stand }: RoomRecord): boolean =>
  stand.epoch === 0 && stand.groupId === firstGroupOf(roomId);

const outcomeOf = (answer: CommitAnswer): Answer => (typeof answer === "string" ? answer : "lost");
