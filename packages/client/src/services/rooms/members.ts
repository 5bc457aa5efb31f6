/**
 * The commit flow: makes a room's members what people wished. A wish is stored first and stands until tree and log show it
 * done, whatever the server says; a commit that lost against another is made again on top of it (P5, TESTS M7).
 */
import type { ChangeOutcome } from "@nimes/e2ee/e2ee";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { backoffMs } from "../../core/backoff.ts";
import { isOnlyWished, isStillToGo, isWaitedFor } from "../../core/move-room.ts";
import { forbiddenRemovals, isWanted, planMembers, toDemote } from "../../core/plan-members.ts";
import type { RoomRecord } from "../../core/room-record.ts";
import { mayChangeMembers, roomOf, usersOf } from "../../core/room-record.ts";
import { ChainsUnreachable } from "../people/chains-unreachable.ts";
import { createSerial } from "../serial.ts";
import type { GroupWork } from "./group-work.ts";

export type Members = {
  add(roomId: RoomId, userIds: readonly UserId[]): Promise<Result<void>>;
  remove(roomId: RoomId, userId: UserId): Promise<Result<void>>;
  /** Brings a room closer to what was wished, as far as that is possible now. */
  reconcile(roomId: RoomId): void;
  /** Renews this device's keys in a room, unless something is in the way. */
  renew(roomId: RoomId): void;
  /** A new connection: commits that the log has not shown go again. */
  resume(): void;
  /** Key packages of these people's devices, taken for the caller alone; undefined when the server could not be asked. */
  claim(userIds: readonly UserId[]): Promise<KeyPackageOf[] | undefined>;
  /** What was claimed and stands in nothing that the server has taken: it is used the next time. */
  giveBack(claimed: readonly KeyPackageOf[]): void;
  /** Begins no other commit; resolves when what is under way has been answered, however long that takes. */
  settle(): Promise<void>;
};

export type MembersNeeds = GroupWork & {
  /** The first people have been added, or it has at least been tried. */
  onIntroduced(roomId: RoomId): void;
  /** Who reads in this room may have changed, without a new entry in the log. */
  onChanged(roomId: RoomId): void;
  /** The group of this room is one that the log does not have. */
  onStranded(roomId: RoomId): void;
  isKnownPerson(userId: UserId): boolean;
  assumeLead(roomId: RoomId): Promise<boolean>;
  /** Takes the role from somebody that they have by the roles as they are written; the log shows it then. */
  takeRole(roomId: RoomId, userId: UserId): Promise<Result<void>>;
  /** Whether something is to be sealed in a room; only then whoever may read no more is taken out by anybody. */
  waitsToSeal(roomId: RoomId): boolean;
  /** Makes what is known of these devices as new as the server's directory. */
  proveDevices(clientIds: readonly ClientId[]): Promise<void>;
};

export type KeyPackageOf = { clientId: ClientId; keyPackage: Uint8Array };

const firstRetryMs = 1_000;
/** So long it may take until it is a device's turn to do what anybody may. */
const turnPauseMs = 30_000;

/** Something else was first, and the log brings it: made again on top of that, and people are told nothing. */
const overtaken: readonly ErrorCode[] = ["stale-epoch", "room-changed"];
/** So often; a server that says so again and again is shown. */
const silentTries = 4;

export function createMembers(needs: MembersNeeds): Members {
  const { rooms, e2ee, changes, self, clock } = needs;
  const serial = createSerial();
  /**
   * Claimed and not used: a commit that lost must not burn them. Whoever needs one takes it out, because a key package
   * that stands in the commits of two rooms opens only one of the two Welcomes.
   */
  const spare: KeyPackageOf[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isSettling = false;
  /** How often a room's change has been tried in vain, and when it is tried again. */
  const vain = new Map<RoomId, { attempts: number; cancel: () => void }>();

  /** Rooms in which this device may do what anybody may, or waits to. */
  const turns = new Map<RoomId, boolean>();

  const tell = (roomId: RoomId): void => {
    changes.tell({ of: "room", roomId });
    changes.tell({ of: "rooms" });
  };

  async function reconcileRoom(roomId: RoomId): Promise<void> {
    for (;;) {
      const room = rooms.get(roomId);
      if (room?.standing.state !== "member" || room.trouble || !needs.isOnline()) return;
      if (await giveUpForbidden(room)) continue;
      const { isEnded } = needs;
      const devices = await e2ee.devicesOf(room.groupId);
      const hasToSeal = needs.waitsToSeal(roomId);
      const plan = planMembers(room, self.clientId, {
        devices,
        isEnded,
        isOver: (one) => hasToSeal && (isEnded(one) || room.leaving.includes(userOf(one))),
      });
      if (plan.remove.length > 0) {
        const removal = await commit(room, { wished: [], add: [], remove: plan.remove });
        if (removal === "done") continue;
        if (removal === "open") break;
      }
      const demoted = toDemote(room);
      if (demoted.length > 0 && (await needs.assumeLead(roomId))) return tryLater(roomId);
      for (const userId of demoted) {
        const taken = await needs.takeRole(roomId, userId);
        await noteRefusal(roomId, { wished: [userId], remove: [] }, taken.ok ? undefined : taken.code);
        tryLater(roomId);
      }
      if (plan.claim.length === 0 || (await isAhead(room))) break;
      // What it says stands in the log soon, and this goes on then.
      if (!mayChangeMembers(room, self.userId, needs.isEnded) && !isItsTurn(roomId)) break;
      if (await needs.assumeLead(roomId)) return tryLater(roomId);
      const claimed = await keyPackagesOf(plan.claim);
      if (!claimed) return;
      const add = claimed.filter(({ clientId }) => isWanted(room, clientId));
      if (add.length === 0) break;
      const addition = await commit(room, { wished: plan.claim, add, remove: [] });
      if (addition !== "done") break;
    }
    const introduced = await rooms.update(roomId, (room) =>
      room.introduced ? undefined : { room: { ...room, introduced: true } },
    );
    if (introduced) needs.onIntroduced(roomId);
  }

  /**
   * Whether a commit of this device is in its group already and not yet in the log. Whatever can wait, waits until it is:
   * what stands before it in the log was sealed further back than the group would open then.
   */
  async function isAhead({ groupId, ownCommits, stand }: RoomRecord): Promise<boolean> {
    const now = (await e2ee.epochOf(groupId)) ?? 0;
    return ownCommits.some(({ epoch, refounds }) => (refounds ? stand.groupId !== groupId : epoch < now));
  }

  /**
   * Whoever leads and was left out is brought back by anybody: if everybody began at once, all their key packages would be
   * gone. @returns whether this device has waited a moment.
   */
  function isItsTurn(roomId: RoomId): boolean {
    const turn = turns.get(roomId);
    if (turn !== undefined) return turn;
    turns.set(roomId, false);
    clock.after(Math.floor(needs.random() * turnPauseMs), () => {
      turns.set(roomId, true);
      reconcile(roomId);
    });
    return false;
  }

  /** A wish that the roles in force do not allow is never done: it would keep everything that is written here waiting. */
  async function giveUpForbidden(room: RoomRecord): Promise<boolean> {
    const forbidden = forbiddenRemovals(room, self.clientId, needs.isEnded);
    if (forbidden.length === 0) return false;
    await rooms.update(room.roomId, (now) => ({
      room: {
        ...now,
        removing: now.removing.filter((user) => !forbidden.includes(user)),
        refusals: { ...now.refusals, ...refusedAs("forbidden", forbidden) },
      },
      durability: "strict",
    }));
    tell(room.roomId);
    needs.onChanged(room.roomId);
    return true;
  }

  /** @returns `open` where it is tried again later, `nothing` where there was nothing that this device may do. */
  async function commit(
    room: RoomRecord,
    change: { wished: UserId[]; add: KeyPackageOf[]; remove: ClientId[] },
  ): Promise<"done" | "open" | "nothing"> {
    const { roomId } = room;
    try {
      await needs.proveDevices(change.add.map(({ clientId }) => clientId));
    } catch (error) {
      spare.push(...change.add);
      throw error;
    }
    let refusal: ErrorCode | undefined;
    if (isSettling) {
      spare.push(...change.add);
      return "open";
    }
    const onTree = async (devices: readonly ClientId[]): Promise<void> => {
      if (await rooms.showDevices(roomId, devices)) tell(roomId);
    };
    const changing = e2ee.changeMembers(roomOf(room), { ...change, onTree }, async (bundle) => {
      const answer = await needs.commits.submit(roomId, bundle);
      if (typeof answer === "string") return answer;
      refusal = answer.refused;
      return "lost";
    });
    underWay.add(changing);
    const outcome = await changing.finally(() => underWay.delete(changing));
    spare.push(...unusedOf(change.add, outcome));
    await rooms.showDevices(roomId, await e2ee.devicesOf(room.groupId));
    await noteRefusal(roomId, change, refusal);
    tell(roomId);
    switch (outcome.outcome) {
      case "accepted":
        forget(roomId);
        needs.onChanged(roomId);
        return "done";
      case "lost":
      case "unknown":
        // Mostly the winner's commit is on its way, and when it has been applied this is tried again; but what the server
        // says may be wrong.
        tryLater(roomId);
        return "open";
      case "nothing":
        // The device has others, or comes with new ones: not tried again in a circle.
        return "nothing";
      default:
        return outcome satisfies never;
    }
  }

  /** Whoever had this device's keys reads no more behind it. */
  async function renewKeys(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    if (room?.standing.state !== "member" || room.trouble || !needs.isOnline() || isSettling) return;
    if (await isAhead(room)) return;
    const renewing = e2ee.renew(roomOf(room), async (bundle) => {
      const answer = await needs.commits.submit(roomId, bundle);
      return typeof answer === "string" ? answer : "lost";
    });
    underWay.add(renewing);
    await renewing.finally(() => underWay.delete(renewing));
    needs.onChanged(roomId);
  }

  function tryLater(roomId: RoomId): void {
    const { attempts = 0, cancel } = vain.get(roomId) ?? {};
    cancel?.();
    const delayMs = firstRetryMs + backoffMs(attempts + 1, needs.random);
    vain.set(roomId, {
      attempts: attempts + 1,
      cancel: clock.after(delayMs, () => reconcile(roomId)),
    });
  }
  function forget(roomId: RoomId): void {
    vain.get(roomId)?.cancel();
    vain.delete(roomId);
  }

  /** What the server says to a wish is shown, unless it is tried again in a moment; the wish stands. */
  async function noteRefusal(
    roomId: RoomId,
    change: { wished: readonly UserId[]; remove: readonly ClientId[] },
    refusal: ErrorCode | undefined,
  ): Promise<void> {
    const isSilent = (vain.get(roomId)?.attempts ?? 0) < silentTries;
    const code = refusal && overtaken.includes(refusal) && isSilent ? undefined : refusal;
    const touched = [...change.wished, ...usersOf(change.remove)];
    await rooms.update(roomId, (room) => {
      const { refusals = {}, ...rest } = room;
      const kept = Object.entries(refusals).filter(([userId]) => !touched.some((one) => one === userId));
      const noted = code === undefined ? {} : refusedAs(code, touched);
      if (kept.length + Object.keys(noted).length === 0 && room.refusals === undefined) return undefined;
      return { room: { ...rest, refusals: { ...Object.fromEntries(kept), ...noted } } };
    });
  }

  /** @returns one for each device, taken for the caller alone; undefined when the server could not be asked. */
  async function keyPackagesOf(userIds: readonly UserId[]): Promise<KeyPackageOf[] | undefined> {
    const taken = takeSpare(userIds);
    const takenUsers = usersOf(taken.map(({ clientId }) => clientId));
    const asked = userIds.filter((userId) => !takenUsers.includes(userId));
    for (let at = 0; at < asked.length; at += limits.maxClaimUsers) {
      const answer = await needs.session.call(routes.postKeyPackageClaim, {
        body: { userIds: asked.slice(at, at + limits.maxClaimUsers) },
      });
      if (!answer.ok) {
        spare.push(...taken);
        return undefined;
      }
      // Whoever else the server answers with was not wished for.
      for (const { clientId, keyPackage } of answer.value.devices)
        if (keyPackage && asked.includes(userOf(clientId))) taken.push({ clientId, keyPackage });
    }
    return taken;
  }

  function takeSpare(userIds: readonly UserId[]): KeyPackageOf[] {
    const taken = new Map<ClientId, KeyPackageOf>();
    for (const one of spare)
      if (userIds.includes(userOf(one.clientId)) && !needs.isEnded(one.clientId) && !taken.has(one.clientId))
        taken.set(one.clientId, one);
    for (const one of taken.values()) spare.splice(spare.indexOf(one), 1);
    return [...taken.values()];
  }

  const reconcile = (roomId: RoomId): void => {
    serial(roomId, () => reconcileRoom(roomId)).catch((error: unknown) => {
      // Tried again with the next connection.
      if (!(error instanceof ChainsUnreachable)) needs.failed(error);
    });
  };

  /** Changes the wish of a room that this device may change. */
  async function wish(roomId: RoomId, change: (room: RoomRecord) => RoomRecord): Promise<Result<void>> {
    const room = rooms.get(roomId);
    if (!room) return refuse("not-found");
    if (!mayChangeMembers(room, self.userId, needs.isEnded)) return refuse("forbidden");
    if (room.standing.state === "left") return refuse("not-a-member");
    await rooms.update(roomId, (now) => ({ room: change(now), durability: "strict" }));
    tell(roomId);
    reconcile(roomId);
    return ok(undefined);
  }

  return {
    reconcile,
    claim: keyPackagesOf,
    giveBack: (claimed) => void spare.push(...claimed),
    renew(roomId) {
      serial(roomId, () => renewKeys(roomId)).catch(needs.failed);
    },
    resume() {
      for (const { roomId, ownCommits } of rooms.all())
        if (ownCommits.length > 0)
          serial(roomId, async () => {
            if (!(await needs.commits.submitAgain(roomId))) needs.onStranded(roomId);
          }).catch(needs.failed);
    },
    async settle() {
      isSettling = true;
      for (const { cancel } of vain.values()) cancel();
      await Promise.allSettled(underWay);
    },
    add(roomId, userIds) {
      if (!userIds.every(needs.isKnownPerson)) return Promise.resolve(refuse("not-found"));
      const room = rooms.get(roomId);
      // In a direct room only the other one comes back, with a new device.
      const mayCome = (userId: UserId) => room?.roles.users.some((user) => user.userId === userId);
      if (room?.roles.kind === "direct" && !userIds.every(mayCome))
        return Promise.resolve(refuse("forbidden"));
      return wish(roomId, (room) => {
        const wanted = new Set([...room.pending, ...userIds]);
        const present = room.devices.filter((device) => !needs.isEnded(device));
        for (const user of usersOf(present)) if (!room.leaving.includes(user)) wanted.delete(user);
        return {
          ...room,
          pending: [...wanted],
          removing: room.removing.filter((user) => !userIds.includes(user)),
        };
      });
    },
    remove(roomId, userId) {
      const room = rooms.get(roomId);
      const isDirect = room?.roles.kind === "direct";
      if (userId === self.userId || isDirect) return Promise.resolve(refuse("forbidden"));
      const mayTakeOut =
        !room ||
        forbiddenRemovals({ ...room, removing: [userId] }, self.clientId, needs.isEnded).length === 0;
      // The own wish to add somebody is taken back by whoever has it, and whoever may take the lead takes it with that.
      if (!mayTakeOut && !isOnlyWished(room, userId)) return Promise.resolve(refuse("forbidden"));
      return wish(roomId, (room) => ({
        ...room,
        gone: (room.gone ?? []).filter((user) => user !== userId),
        pending: room.pending.filter((user) => user !== userId),
        leftOut: (room.leftOut ?? []).filter(
          (device) => isWaitedFor(room, userId) || userOf(device) !== userId,
        ),
        removing:
          mayTakeOut && isStillToGo(room, userId) ? [...new Set([...room.removing, userId])] : room.removing,
      }));
    },
  };
}

const refusedAs = (code: ErrorCode, userIds: readonly UserId[]): Record<UserId, ErrorCode> =>
  Object.fromEntries(userIds.map((userId) => [userId, code]));

/** Those that no commit carries which the server has taken, and that can still be used. */
function unusedOf(claimed: readonly KeyPackageOf[], outcome: ChangeOutcome): KeyPackageOf[] {
  // After no answer they may stand in a commit that the server has taken.
  if (outcome.outcome === "unknown") return [];
  if (outcome.outcome === "lost") return [...claimed];
  const gone = outcome.outcome === "accepted" ? [...outcome.added, ...outcome.unusable] : outcome.unusable;
  return claimed.filter(({ clientId }) => !gone.includes(clientId));
}
