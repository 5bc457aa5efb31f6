/** Giving roles: signed entries of the room log. What holds is what the log shows, for everybody alike. */
import { makeNextRoles } from "@nimes/e2ee/chains/make-room-roles";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { actingRoleOf, roleOf } from "@nimes/protocol/roles/room-rules";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomRole } from "@nimes/protocol/signed/room-roles";
import type { Signer } from "@nimes/protocol/signed/signed";
import { isWaitedFor } from "../../core/move-room.ts";
import { grantableRoles, usersWithRole } from "../../core/role-changes.ts";
import type { IsEnded, RoomRecord } from "../../core/room-record.ts";
import { sightOf } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Submissions } from "../delivery/submissions.ts";
import type { RoomRecords } from "./room-records.ts";

export type RoomRolesService = {
  setRole(roomId: RoomId, userId: UserId, role: RoomRole): Promise<Result<void>>;
  /**
   * Whoever follows an owner who is gone says so in the roles before adding anybody: a newcomer cannot know who was there.
   * @returns whether there was something to say; the log shows it then.
   */
  assumeLead(roomId: RoomId): Promise<boolean>;
  /** Brings a version that stood in the log before, whoever has signed it. @returns whether the server has answered. */
  bring(roomId: RoomId, roles: Signed): Promise<boolean>;
  /** Leaves somebody the role that everybody has in such a room. */
  takeRole(roomId: RoomId, userId: UserId): Promise<Result<void>>;
};

/** A person waits for it. */
const answerPatienceMs = 15_000;

export function createRoomRoles(needs: {
  self: { clientId: ClientId; userId: UserId };
  device: Signer;
  rooms: RoomRecords;
  submissions: Submissions;
  clock: Clock;
  isOnline(): boolean;
  isEnded: IsEnded;
}): RoomRolesService {
  const { self, device, rooms, clock } = needs;

  const memberRoom = (roomId: RoomId): Result<RoomRecord> => {
    const room = rooms.get(roomId);
    if (!room) return refuse("not-found");
    if (room.standing.state !== "member") return refuse("not-a-member");
    return needs.isOnline() ? ok(room) : refuse("no-network");
  };

  async function submit(roomId: RoomId, submission: Submission): Promise<Result<void>> {
    const submissionId = newSubmissionId();
    const answer = await Promise.race([
      needs.submissions.submit({ roomId, submissionId, submission }),
      waitFor(clock, answerPatienceMs),
    ]);
    if (!answer) {
      needs.submissions.cancel(submissionId);
      return refuse("no-network");
    }
    return answer.answer === "accepted" ? ok(undefined) : refuse(answer.code);
  }

  async function giveRole(
    { roomId, roles, signedRoles }: RoomRecord,
    userId: UserId,
    role: RoomRole,
  ): Promise<Result<void>> {
    const newest = signedRoles.at(-1);
    if (!newest) return refuse("not-found");
    const users = usersWithRole(roles, userId, role);
    const next = { author: self.clientId, device, users, time: clock.now() };
    return submit(roomId, { kind: "roles", roles: await makeNextRoles(newest, next) });
  }

  return {
    async setRole(roomId, userId, role) {
      const found = memberRoom(roomId);
      if (!found.ok) return found;
      const sight = sightOf(found.value, needs.isEnded);
      const current = actingRoleOf(sight, userId);
      const isHere = sight.present.includes(userId) || isWaitedFor(found.value, userId);
      if (!current || !isHere) return refuse("not-found");
      if (current === role) return ok(undefined);
      if (!grantableRoles(sight, self.userId, current).includes(role)) return refuse("forbidden");
      return giveRole(found.value, userId, role);
    },
    async bring(roomId, roles) {
      const answer = await submit(roomId, { kind: "roles", roles });
      return answer.ok || answer.code !== "no-network";
    },
    async takeRole(roomId, userId) {
      const found = memberRoom(roomId);
      if (!found.ok) return found;
      const role = roleOf({ kind: found.value.roles.kind, users: [] }, userId);
      return role ? giveRole(found.value, userId, role) : refuse("forbidden");
    },
    async assumeLead(roomId) {
      const found = memberRoom(roomId);
      if (!found.ok) return false;
      const { roles } = found.value;
      const isActing = actingRoleOf(sightOf(found.value, needs.isEnded), self.userId) === "owner";
      if (!isActing || roleOf(roles, self.userId) === "owner") return false;
      await giveRole(found.value, self.userId, "owner");
      return true;
    },
  };
}
