/** Officers and submissions as stores see them: nobody checks a signature at this level. */
import { fromHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { sha256 } from "@nimes/protocol/hash";
import {
  type ClientId,
  deviceIdOf,
  formatClientId,
  newSubmissionId,
  newUserId,
  type RoomId,
  roomIdOf,
  type SubmissionId,
  type UnitId,
  type UserId,
} from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Signed } from "@nimes/protocol/schema";
import type { DeviceLink } from "@nimes/protocol/signed/device-link";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { Refounding } from "@nimes/protocol/signed/refounding";
import type { RoomKind, RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import type { AppendRequest, ClaimedWelcome, Prepared, PreparedOf } from "@nimes/server/core/append-request";
import type { NewAttestation } from "@nimes/server/core/letters";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";

export const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
const orgId = formatOrgId();

/** A whole room log. */
export const everything = { after: 0, until: Number.MAX_SAFE_INTEGER, limit: 1_000, maxBytes: 1_000_000 };

export const anySigned = (payload: Uint8Array = randomBytes(60)): Signed => ({
  payload,
  signatures: [{ key: randomBytes(32), signature: randomBytes(64) }],
});

/** @param fields that replace the right ones. @param validUntil milliseconds. */
export function anyAttestation(
  fields: Partial<NewAttestation> = {},
  validUntil: number = limits.maxSignedTime,
): NewAttestation {
  const letter = {
    userId: newUserId(),
    unitId: "pi-celle" as UnitId,
    generation: 1,
    deviceClass: "service" as const,
    deskKey: randomBytes(32),
    validFrom: 1_000,
    activationKey: randomBytes(32),
    activateUntil: 2_000,
    ...fields,
  };
  const value: UserAttestation = {
    ...{ userId: letter.userId, generation: letter.generation, validFrom: letter.validFrom },
    ...{ activationKey: letter.activationKey, activateUntil: letter.activateUntil },
    ...{ orgId, displayName: "Anna Behrens", unitId: letter.unitId, function: "", validUntil },
    deviceClass: letter.deviceClass,
  };
  return { attestation: anySigned(encodeCbor(value)), ...letter };
}

/** @param since milliseconds, as its link says. */
export function anyDevice(
  attestation: NewAttestation,
  since = 1_000,
): NewDevice & { clientId: ClientId; userId: UserId } {
  const deviceKey = randomBytes(32);
  const { userId, unitId, generation } = attestation;
  const deviceId = deviceIdOf(deviceKey);
  const link: DeviceLink = {
    ...{ orgId, userId, unitId, generation, deviceId, deviceKey, deviceClass: "service", time: since },
    ...{ sequence: 0, previous: null, operation: "genesis", agreementVersion: 0 },
    mlsThumbprint: randomBytes(32),
  };
  return {
    userId,
    deviceId,
    deviceKey,
    clientId: formatClientId({ userId, deviceId, orgId }),
    genesis: anySigned(encodeCbor(link)),
    activationKey: attestation.activationKey,
    deviceClass: "service",
    generation: attestation.generation,
    pinRecord: randomBytes(40),
  };
}

/** An officer with a device, in the directory. */
export async function enrolled(stores: Stores): Promise<NewDevice> {
  const attestation = anyAttestation();
  await stores.directory.putAttestation(attestation);
  const device = anyDevice(attestation);
  await stores.directory.activate(device);
  return device;
}

/** What is appended, for any room; its first group has the room's id. */
export type Draft = { what(roomId: RoomId): Prepared; bytes: Uint8Array; devices?: readonly ClientId[] };

/** An append as the service hands it over. */
export function appendOf(
  sender: NewDevice,
  roomId: RoomId,
  { what, ...entry }: Draft,
  given: { time?: number; submissionId?: SubmissionId } = {},
): AppendRequest {
  return {
    roomId,
    sender: sender.clientId,
    submissionId: given.submissionId ?? newSubmissionId(),
    submissionHash: sha256(entry.bytes),
    time: given.time ?? 1_000,
    what: what(roomId),
    ...entry,
  };
}

export const application = (epoch = 1, bytes = randomBytes(40), groupId?: Uint8Array): Draft => ({
  what: (roomId) => ({ kind: "application", epoch, groupId: groupId ?? fromHex(roomId) }),
  bytes,
});

const treeOf = (devices: readonly NewDevice[]) => ({
  devices: devices.map(({ clientId }) => clientId),
  groupInfo: randomBytes(40),
});

/** A commit that leads to these leaves. @param beside Welcome, proof of whoever heals itself, or another group. */
export function commit(
  epoch: number,
  devices: readonly NewDevice[],
  beside: Partial<PreparedOf<"commit">> = {},
): Draft {
  const tree = treeOf(devices);
  return {
    what: (roomId) => ({ kind: "commit", epoch, groupId: fromHex(roomId), tree, ...beside }),
    bytes: randomBytes(40),
    devices: tree.devices,
  };
}

/** A Welcome by somebody who has these roles. @param payload of the roles. */
export const welcomeBy = (payload: Uint8Array, rolesVersion = 1): ClaimedWelcome => ({
  welcome: randomBytes(50),
  proof: anySigned(),
  rolesVersion,
  rolesHash: rolesHash(payload),
});

/** A new group with these leaves. */
export function refounding(
  devices: readonly NewDevice[],
  part: Partial<Refounding> & Pick<Refounding, "answers" | "author">,
  welcome?: ClaimedWelcome,
): Draft {
  const tree = treeOf(devices);
  const epoch = 1;
  return {
    what: (roomId) => ({
      kind: "refound",
      refounding: {
        orgId,
        roomId,
        groupId: randomBytes(32),
        without: null,
        rolesVersion: 1,
        time: 1_000,
        ...part,
      },
      epoch,
      tree,
      ...(welcome && { welcome }),
    }),
    bytes: randomBytes(40),
    devices: tree.devices,
  };
}

/** @param groupId of the group that the room is in; its first one unless given. */
export const leaving = (epoch = 1, groupId?: Uint8Array): Draft => ({
  what: (roomId) => ({ kind: "leave", epoch, groupId: groupId ?? fromHex(roomId) }),
  bytes: randomBytes(40),
});

/** Roles as a device of this organisation writes them. */
export const rolesBy = (author: NewDevice, part: Partial<RoomRoles> = {}): RoomRoles => ({
  orgId,
  version: 1,
  previous: null,
  kind: "group",
  author: author.clientId,
  users: [{ userId: author.userId, role: "owner" }],
  nonce: randomBytes(16),
  time: 1_000,
  ...part,
});

/** What founds a room, or changes its roles. */
export const rolesDraft = (kind: "found" | "roles", roles: RoomRoles): Draft & { payload: Uint8Array } => {
  const payload = encodeCbor(roles);
  return { what: () => ({ kind, roles, payload }), bytes: encodeCbor(anySigned(payload)), payload };
};

/** What founds a room. @returns the room's id, the payload of its roles and the append. */
export function founding(
  creator: NewDevice,
  options: { kind?: RoomKind; users?: readonly UserId[]; sender?: NewDevice } = {},
): { roomId: RoomId; payload: Uint8Array; request: AppendRequest } {
  const { kind = "group", users = [creator.userId] } = options;
  const roles = rolesBy(creator, { kind, users: users.map((userId) => ({ userId, role: "owner" })) });
  const { payload, ...draft } = rolesDraft("found", roles);
  const roomId = roomIdOf(payload);
  return { roomId, payload, request: appendOf(options.sender ?? creator, roomId, draft) };
}

function formatOrgId() {
  return Buffer.from(sha256(randomBytes(32)).subarray(0, 16)).toString("hex") as Parameters<
    typeof formatClientId
  >[0]["orgId"];
}
