/**
 * Leaving a room: a wish that is stored first and stands until the log shows it. What is signed counts in one epoch alone,
 * so a leaving that crosses with a commit is signed again behind it, by itself.
 */
import type { E2ee } from "@nimes/e2ee/e2ee";
import type { LogStand } from "@nimes/e2ee/gate/judge-leave";
import { fromHex } from "@nimes/protocol/bytes";
import type { ClientId, RoomId, SubmissionId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId, parseClientId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { may } from "@nimes/protocol/roles/may";
import { refoundedEpoch } from "@nimes/protocol/signed/refounding";
import type { RoomLeave } from "@nimes/protocol/signed/room-leave";
import type { Signer } from "@nimes/protocol/signed/signed";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { IsEnded, RoomRecord } from "../../core/room-record.ts";
import { sightOf } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Changes } from "../changes.ts";
import { createGrowingPauses } from "../connection/growing-pauses.ts";
import type { Submissions } from "../delivery/submissions.ts";
import { createSerial } from "../serial.ts";
import type { RoomRecords } from "./room-records.ts";

export type Leaving = {
  /** @returns when the wish is stored and has been tried once, or after a moment. */
  leave(roomId: RoomId): Promise<Result<void>>;
  /** Tries a wish again that stands: the log has gone on. */
  look(roomId: RoomId): void;
  /** A new connection. */
  resume(): void;
};

/** A person waits for it. */
const answerPatienceMs = 15_000;

export function createLeaving(needs: {
  self: { clientId: ClientId; userId: UserId };
  device: Signer;
  rooms: RoomRecords;
  e2ee: Pick<E2ee, "epochOf">;
  submissions: Submissions;
  changes: Changes;
  clock: Clock;
  isOnline(): boolean;
  isEnded: IsEnded;
  /** The server says that something stands in the log: it must show it. */
  claimed(submissionId: SubmissionId): void;
  failed(error: unknown): void;
}): Leaving {
  const { self, rooms, clock, changes } = needs;
  const serial = createSerial();
  const pauses = createGrowingPauses(clock, look);

  /** @returns undefined where nothing is wished any more. */
  const wishing = (roomId: RoomId): RoomRecord | undefined => {
    const room = rooms.get(roomId);
    return room?.wantsOut && room.standing.state === "member" ? room : undefined;
  };

  async function bring(roomId: RoomId): Promise<void> {
    const room = wishing(roomId);
    if (!room) return pauses.forget(roomId);
    if (!needs.isOnline()) return;
    const place = await placeToLeave(room);
    if (!place) return pauses.later(roomId);
    const submissionId = newSubmissionId();
    const leave = await signLeave(roomId, place);
    const answer = await needs.submissions.submit({
      roomId,
      submissionId,
      submission: { kind: "leave", leave },
    });
    if (!wishing(roomId)) return;
    // An acceptance is the server's word, and a refusal may be one: tried again until the log shows it.
    if (answer.answer === "accepted") needs.claimed(submissionId);
    pauses.later(roomId);
  }

  /**
   * Where what is signed counts. Commits that nobody can open may be invented, and a leaving for a later epoch would count when
   * this person has been added again: so it is signed for where the group is that this device has followed itself. A device
   * that has lost its place signs one epoch further at most, in which nobody can have come back; beyond that it comes back
   * first.
   */
  async function placeToLeave({
    groupId,
    stand,
    trouble,
    logEpoch,
  }: RoomRecord): Promise<LogStand | undefined> {
    const own = (await needs.e2ee.epochOf(groupId)) ?? logEpoch;
    const isSame = stand.groupId === groupId;
    if (!trouble) return { groupId, epoch: isSame ? Math.min(stand.epoch, own) : own };
    const followed = isSame ? own : refoundedEpoch;
    return stand.epoch <= followed + 1 ? stand : undefined;
  }

  const signLeave = (roomId: RoomId, { groupId, epoch }: LogStand) => {
    const identity = parseClientId(self.clientId);
    if (!identity) throw new Error("this device has a client id");
    const leave: RoomLeave = {
      orgId: identity.orgId,
      roomId,
      groupId: fromHex(groupId),
      epoch,
      device: self.clientId,
      time: clock.now(),
      nonce: crypto.getRandomValues(new Uint8Array(16)),
    };
    return signStructure("RoomLeave", leave, [needs.device]);
  };

  function look(roomId: RoomId): void {
    if (wishing(roomId)) serial(roomId, () => bring(roomId)).catch(needs.failed);
  }

  return {
    look,
    resume() {
      for (const { roomId } of rooms.all()) look(roomId);
    },
    async leave(roomId) {
      const room = rooms.get(roomId);
      if (!room) return refuse("not-found");
      if (room.standing.state !== "member" || room.absent) return refuse("not-a-member");
      if (!needs.isOnline()) return refuse("no-network");
      if (!may(sightOf(room, needs.isEnded), self.userId, "leave")) return refuse("forbidden");
      await rooms.update(roomId, (now) => ({ room: { ...now, wantsOut: true }, durability: "strict" }));
      changes.tell({ of: "room", roomId });
      await Promise.race([
        serial(roomId, () => bring(roomId)).catch(needs.failed),
        waitFor(clock, answerPatienceMs),
      ]);
      return ok(undefined);
    },
  };
}
