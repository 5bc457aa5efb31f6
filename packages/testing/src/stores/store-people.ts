/** Officers and submissions as stores see them: nobody checks a signature at this level. */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { Submission } from "@nimes/protocol/frames/client-frames";
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
  type UserId,
} from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { RoomKind, RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { AppendRequest } from "@nimes/server/core/append";
import type { NewAttestation } from "@nimes/server/core/attestation";
import { submissionHashOf } from "@nimes/server/core/entry-hash";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { Stores } from "@nimes/server/ports/stores";

export const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
const orgId = formatOrgId();

export const anySigned = (payload: Uint8Array = randomBytes(60)): Signed => ({
  payload,
  signatures: [{ key: randomBytes(32), signature: randomBytes(64) }],
});

export const anyAttestation = (fields: Partial<NewAttestation> = {}): NewAttestation => ({
  userId: newUserId(),
  generation: 1,
  validFrom: 1_000,
  attestation: anySigned(),
  activationKey: randomBytes(32),
  activateUntil: 2_000,
  ...fields,
});

export function anyDevice(attestation: NewAttestation): NewDevice & { clientId: ClientId; userId: UserId } {
  const deviceKey = randomBytes(32);
  const { userId } = attestation;
  const deviceId = deviceIdOf(deviceKey);
  return {
    userId,
    deviceId,
    deviceKey,
    clientId: formatClientId({ userId, deviceId, orgId }),
    genesis: anySigned(),
    attestation: attestation.attestation.payload,
    deviceClass: "service",
    generation: attestation.generation,
    acceptedAgreement: 0,
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

/** An append as the service hands it over. */
export function appendOf(
  sender: NewDevice,
  roomId: RoomId,
  submission: Submission,
  given: { time?: number; submissionId?: SubmissionId; roles?: RoomRoles } = {},
): AppendRequest {
  return {
    roomId,
    sender: sender.clientId,
    submission,
    submissionId: given.submissionId ?? newSubmissionId(),
    submissionHash: submissionHashOf(submission),
    time: given.time ?? 1_000,
    bytes: submission.kind === "found" ? encodeCbor(submission.roles) : submission.bytes,
    ...(given.roles && { roles: given.roles }),
  };
}

export const application = (epoch = 1, bytes = randomBytes(40)): Submission => ({
  kind: "application",
  epoch,
  bytes,
});

/** A commit that adds nobody. */
export const commit = (
  epoch: number,
  devices: readonly NewDevice[],
): Extract<Submission, { kind: "commit" }> => ({
  kind: "commit",
  epoch,
  bytes: randomBytes(40),
  groupInfo: randomBytes(40),
  devices: devices.map(({ clientId }) => clientId),
});

/** A commit that adds somebody. */
export const welcoming = (epoch: number, devices: readonly NewDevice[]): Submission => ({
  ...commit(epoch, devices),
  welcome: randomBytes(50),
});

/** What founds a room. @returns the room's id and the append. */
export function founding(
  creator: NewDevice,
  options: { kind?: RoomKind; users?: readonly UserId[]; sender?: NewDevice } = {},
): { roomId: RoomId; request: AppendRequest } {
  const roles: RoomRoles = {
    orgId,
    version: 1,
    previous: null,
    kind: options.kind ?? "group",
    creator: creator.clientId,
    users: (options.users ?? [creator.userId]).map((userId) => ({ userId, role: "owner" })),
    nonce: randomBytes(16),
    time: 1_000,
  };
  const signed = anySigned();
  const roomId = roomIdOf(signed.payload);
  const submission: Submission = { kind: "found", roles: signed };
  return { roomId, request: appendOf(options.sender ?? creator, roomId, submission, { roles }) };
}

function formatOrgId() {
  return Buffer.from(sha256(randomBytes(32)).subarray(0, 16)).toString("hex") as Parameters<
    typeof formatClientId
  >[0]["orgId"];
}
