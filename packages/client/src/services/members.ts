/**
 * The commit flow: makes a room's members what people wished. A wish is stored first; whoever cannot be added yet stays
 * pending and is added by itself; a commit that lost against another is made again on top of it (P5, TESTS M7).
 */
import type { ChangeOutcome, E2ee, SubmitCommit } from "@nimes/e2ee/e2ee";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId, userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { planMembers } from "../core/plan-members.ts";
import type { RoomRecord } from "../core/room-record.ts";
import { mayChangeMembers, usersOf } from "../core/room-record.ts";
import { ChainsUnreachable } from "./chains-unreachable.ts";
import type { Changes } from "./changes.ts";
import type { RoomRecords } from "./room-records.ts";
import { createSerial } from "./serial.ts";
import type { Session } from "./session.ts";
import type { Submissions } from "./submissions.ts";

export type Members = {
  add(roomId: RoomId, userIds: readonly UserId[]): Promise<Result<void>>;
  remove(roomId: RoomId, userId: UserId): Promise<Result<void>>;
  /** Brings a room closer to what was wished, as far as that is possible now. */
  reconcile(roomId: RoomId): void;
  /** Begins no other commit; resolves when what is under way has been answered, however long that takes. */
  settle(): Promise<void>;
};

export type MembersNeeds = {
  self: { clientId: ClientId; userId: UserId };
  e2ee: E2ee;
  rooms: RoomRecords;
  session: Session;
  submissions: Submissions;
  changes: Changes;
  isOnline(): boolean;
  /** The first people have been added, or it has at least been tried. */
  onIntroduced(roomId: RoomId): void;
  isKnownPerson(userId: UserId): boolean;
  /** Whether a later letter has ended a device. */
  isEnded(clientId: ClientId): boolean;
  isOver(clientId: ClientId): boolean;
  /** Whether something is to be sealed in a room; only then whoever may read no more is taken out by anybody. */
  waitsToSeal(roomId: RoomId): boolean;
  /** Makes what is known of these devices as new as the server's directory. */
  proveDevices(clientIds: readonly ClientId[]): Promise<void>;
  failed(error: unknown): void;
};

type KeyPackageOf = { clientId: ClientId; keyPackage: Uint8Array };

export function createMembers(needs: MembersNeeds): Members {
  const { rooms, e2ee, changes, self } = needs;
  const serial = createSerial();
  /**
   * Claimed and not used: a commit that lost must not burn them. Whoever needs one takes it out, because a key package
   * that stands in the commits of two rooms opens only one of the two Welcomes.
   */
  const spare: KeyPackageOf[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isSettling = false;

  const tell = (roomId: RoomId): void => {
    changes.tell({ of: "room", roomId });
    changes.tell({ of: "rooms" });
  };

  async function reconcileRoom(roomId: RoomId): Promise<void> {
    for (;;) {
      const room = rooms.get(roomId);
      if (room?.standing.state !== "member" || !needs.isOnline()) return;
      const { isEnded, isOver } = needs;
      const devices = await e2ee.devicesOf(roomId);
      const hasToSeal = needs.waitsToSeal(roomId);
      const plan = planMembers(room, self.clientId, {
        devices,
        isEnded,
        isOver: (one) => hasToSeal && isOver(one),
      });
      const add = await keyPackagesOf(plan.claim);
      if (!add) return;
      if (add.length === 0 && plan.remove.length === 0) break;
      const again = await commit(room, { add, remove: plan.remove });
      if (!again) break;
    }
    const introduced = await rooms.update(roomId, (room) =>
      room.introduced ? undefined : { room: { ...room, introduced: true } },
    );
    if (introduced) needs.onIntroduced(roomId);
  }

  /** @returns whether there may be more to do now. */
  async function commit(
    room: RoomRecord,
    change: { add: KeyPackageOf[]; remove: ClientId[] },
  ): Promise<boolean> {
    try {
      await needs.proveDevices(change.add.map(({ clientId }) => clientId));
    } catch (error) {
      spare.push(...change.add);
      throw error;
    }
    let refusal: ErrorCode | undefined;
    const submit: SubmitCommit = async (bundle) => {
      const answer = await needs.submissions.submit({
        roomId: room.roomId,
        submissionId: newSubmissionId(),
        submission: {
          kind: "commit",
          epoch: bundle.epoch,
          bytes: bundle.commit,
          groupInfo: bundle.groupInfo,
          devices: bundle.devices,
          ...(bundle.welcome && { welcome: bundle.welcome }),
        },
      });
      if (answer.answer === "accepted") return "accepted";
      refusal = answer.code;
      return "lost";
    };
    if (isSettling) {
      spare.push(...change.add);
      return false;
    }
    const changing = e2ee.changeMembers({ roomId: room.roomId, roles: room.roles }, change, submit);
    underWay.add(changing);
    const outcome = await changing.finally(() => underWay.delete(changing));
    spare.push(...unusedOf(change.add, outcome));
    switch (outcome.outcome) {
      case "accepted":
        tell(room.roomId);
        return true;
      case "lost":
        // The winner's commit is on its way; when it has been applied, this is tried again. Any other refusal is final.
        if (refusal !== "stale-epoch") await giveUp(room.roomId, change);
        return false;
      case "nothing":
        // The device has others, or comes with new ones: not tried again in a circle.
        return false;
      default:
        return outcome satisfies never;
    }
  }

  /** The server refused for good (the room is full): the wish is dropped, and people see that nobody came. */
  async function giveUp(roomId: RoomId, change: { add: KeyPackageOf[]; remove: ClientId[] }): Promise<void> {
    const added = usersOf(change.add.map(({ clientId }) => clientId));
    const removed = usersOf(change.remove);
    await rooms.update(roomId, (room) => ({
      room: {
        ...room,
        pending: room.pending.filter((user) => !added.includes(user)),
        removing: room.removing.filter((user) => !removed.includes(user)),
      },
    }));
    tell(roomId);
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
      for (const { clientId, keyPackage } of answer.value.devices)
        if (keyPackage) taken.push({ clientId, keyPackage });
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
    if (!mayChangeMembers(room, self.userId)) return refuse("forbidden");
    if (room.standing.state === "left") return refuse("not-a-member");
    await rooms.update(roomId, (now) => ({ room: change(now), durability: "strict" }));
    tell(roomId);
    reconcile(roomId);
    return ok(undefined);
  }

  return {
    reconcile,
    async settle() {
      isSettling = true;
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
        for (const user of usersOf(present)) wanted.delete(user);
        return {
          ...room,
          pending: [...wanted],
          removing: room.removing.filter((user) => !userIds.includes(user)),
        };
      });
    },
    remove(roomId, userId) {
      const isDirect = rooms.get(roomId)?.roles.kind === "direct";
      if (userId === self.userId || isDirect) return Promise.resolve(refuse("forbidden"));
      return wish(roomId, (room) => ({
        ...room,
        gone: (room.gone ?? []).filter((user) => user !== userId),
        pending: room.pending.filter((user) => user !== userId),
        removing: usersOf(room.devices).includes(userId)
          ? [...new Set([...room.removing, userId])]
          : room.removing,
      }));
    },
  };
}

/** Those that no commit carries which the server has taken, and that can still be used. */
function unusedOf(claimed: readonly KeyPackageOf[], outcome: ChangeOutcome): KeyPackageOf[] {
  if (outcome.outcome === "lost") return [...claimed];
  const gone = outcome.outcome === "accepted" ? [...outcome.added, ...outcome.unusable] : outcome.unusable;
  return claimed.filter(({ clientId }) => !gone.includes(clientId));
}
