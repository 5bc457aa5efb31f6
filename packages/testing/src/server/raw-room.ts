/** Rooms at the level of the server: signed roles, a commit with its device list, Welcomes that nobody opens. */
import type { Submission } from "@nimes/protocol/frames/client-frames";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId, roomIdOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomKind, RoomRoles } from "@nimes/protocol/signed/room-roles";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { TestDevice } from "../organisation.ts";
import type { RawSocket } from "./raw-socket.ts";

export type RawRoles = { roomId: RoomId; roles: Signed };

/** Version 1 of a room's roles, signed by its creator. @param changes fields that replace the right ones. */
export async function signRoles(
  creator: TestDevice,
  room: { kind: RoomKind; users: readonly UserId[]; changes?: Partial<RoomRoles> },
): Promise<RawRoles> {
  const value: RoomRoles = {
    orgId: creator.letter.organisation.orgId,
    version: 1,
    previous: null,
    kind: room.kind,
    creator: creator.clientId,
    users: room.users.map((userId) => ({ userId, role: "owner" })),
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    time: Date.now(),
    ...room.changes,
  };
  const roles = await signStructure("RoomRoles", value, [creator.device]);
  return { roomId: roomIdOf(roles.payload), roles };
}

/** A commit as the server sees one: bytes it cannot read, and who is in the room after it. */
export const rawCommit = (
  epoch: number,
  devices: readonly ClientId[],
  options: { welcome?: boolean; bytes?: Uint8Array } = {},
): Extract<Submission, { kind: "commit" }> => ({
  kind: "commit",
  epoch,
  bytes: options.bytes ?? crypto.getRandomValues(new Uint8Array(300)),
  groupInfo: crypto.getRandomValues(new Uint8Array(300)),
  devices: [...devices],
  ...((options.welcome ?? true) && { welcome: crypto.getRandomValues(new Uint8Array(300)) }),
});

/** Submits and waits for the answer. @returns the sequence. @throws when it is refused. */
export async function submit(socket: RawSocket, roomId: RoomId, submission: Submission): Promise<number> {
  const submissionId = newSubmissionId();
  socket.send({ type: "submit", submissionId, roomId, submission });
  const answer = await socket.answerTo(submissionId);
  if (answer.type === "refused") throw new Error(`refused: ${answer.code}`);
  return answer.sequence;
}

/** Founds a room with all these devices in it: roles, then one commit. */
export async function foundRoom(
  socket: RawSocket,
  creator: TestDevice,
  options: { kind?: RoomKind; others: readonly TestDevice[] },
): Promise<RoomId> {
  const kind = options.kind ?? "group";
  const users = [creator, ...(kind === "direct" ? options.others : [])].map(({ letter }) => letter.userId);
  const { roomId, roles } = await signRoles(creator, { kind, users });
  await submit(socket, roomId, { kind: "found", roles });
  const devices = [creator, ...options.others].map(({ clientId }) => clientId);
  await submit(socket, roomId, rawCommit(0, devices, { welcome: options.others.length > 0 }));
  return roomId;
}
