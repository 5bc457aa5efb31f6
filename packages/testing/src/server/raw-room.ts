/** Rooms at the level of the server: signed roles, a commit with its device list, Welcomes that nobody opens. */
import { makeWelcomeProof } from "@nimes/e2ee/chains/make-welcome-proof";
import { fromHex } from "@nimes/protocol/bytes";
import type { Submission } from "@nimes/protocol/frames/client-frames";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import { newSubmissionId, roomIdOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { RoomKind, RoomRoles } from "@nimes/protocol/signed/room-roles";
import { signStructure } from "@nimes/protocol/signed/signed";
import type { TestDevice } from "../organisation.ts";
import type { RawGroup } from "./raw-mls.ts";
import { rawCommitMessage, rawGroupInfo, rawMessage, rawWelcome } from "./raw-mls.ts";
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
    author: creator.clientId,
    users: room.users.map((userId) => ({ userId, role: "owner" })),
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    time: Date.now(),
    ...room.changes,
  };
  const roles = await signStructure("RoomRoles", value, [creator.device]);
  return { roomId: roomIdOf(roles.payload), roles };
}

/** Who sends a Welcome, under which roles; the last version unless said otherwise. */
export type RawSender = { by: TestDevice; roles: Signed; rolesVersion?: number };
type RawPlace = { roomId: RoomId; epoch: number; groupId?: Uint8Array };
const groupOf = ({ roomId, epoch, groupId = fromHex(roomId) }: RawPlace): RawGroup => ({ groupId, epoch });

/** A sealed message that nobody can open. */
export const rawApplication = (
  roomId: RoomId,
  {
    epoch = 1,
    content = crypto.getRandomValues(new Uint8Array(100)),
    groupId,
  }: { epoch?: number; content?: Uint8Array; groupId?: Uint8Array } = {},
): Extract<Submission, { kind: "application" }> => ({
  kind: "application",
  epoch,
  bytes: rawMessage(groupOf({ roomId, epoch, ...(groupId && { groupId }) }), content),
});

/** A commit as the server sees one: what only its group could check is random. @param welcome where it adds somebody. */
export async function rawCommit(
  place: RawPlace,
  devices: readonly ClientId[],
  welcome?: RawSender,
): Promise<Extract<Submission, { kind: "commit" }>> {
  const group = groupOf(place);
  const bytes = rawCommitMessage(group, { with: ["remove"] });
  return {
    kind: "commit",
    epoch: group.epoch,
    bytes,
    groupInfo: rawGroupInfo({ ...group, epoch: group.epoch + 1 }, devices),
    devices: [...devices],
    ...(welcome && (await rawWelcomeBy(welcome, { ...place, groupId: group.groupId, commit: bytes }))),
  };
}

/** A Welcome and its proof. @param about what it goes with. */
export async function rawWelcomeBy(
  { by, roles, rolesVersion = 1 }: RawSender,
  about: { roomId: RoomId; groupId: Uint8Array; commit: Uint8Array },
): Promise<{ welcome: Uint8Array; welcomeProof: Signed }> {
  const welcome = rawWelcome();
  const welcomeProof = await makeWelcomeProof({
    ...about,
    welcome,
    roles: { version: rolesVersion, hash: rolesHash(roles.payload) },
    author: by.clientId,
    device: by.device,
  });
  return { welcome, welcomeProof };
}

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
  return (await foundRoomBy(socket, creator, options)).roomId;
}

/** As {@link foundRoom}. @returns the roles, too, for whoever adds people later. */
export async function foundRoomBy(
  socket: RawSocket,
  creator: TestDevice,
  options: { kind?: RoomKind; others: readonly TestDevice[] },
): Promise<RawRoles> {
  const kind = options.kind ?? "group";
  const users = [creator, ...(kind === "direct" ? options.others : [])].map(({ letter }) => letter.userId);
  const { roomId, roles } = await signRoles(creator, { kind, users });
  await submit(socket, roomId, { kind: "found", roles });
  const devices = [creator, ...options.others].map(({ clientId }) => clientId);
  const welcome = options.others.length > 0 ? { by: creator, roles } : undefined;
  await submit(socket, roomId, await rawCommit({ roomId, epoch: 0 }, devices, welcome));
  return { roomId, roles };
}
