/**
 * Identifiers. On the wire they are lower-case text; inside the program each is a branded type that only its
 * parser makes, so that no room id is ever taken for a user id.
 */
import { toHex } from "./bytes.ts";
import { labelledHash } from "./hash.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** First 16 bytes of the hash of the organisation's root key, hex: names and proves the organisation. */
export type OrgId = Branded<"OrgId">;
/** UUID, lower case. */
export type UserId = Branded<"UserId">;
/** Chosen by the organisation: lower-case letters, digits and hyphens, e.g. `pi-celle`. */
export type UnitId = Branded<"UnitId">;
/** First 16 bytes of the hash of the device's public key, hex. */
export type DeviceId = Branded<"DeviceId">;
/** SHA-256 of the first version of the room's roles, hex. */
export type RoomId = Branded<"RoomId">;
/** 32 bytes, hex: an MLS group. The first of a room has the room's id, each refounding names a new one. */
export type GroupId = Branded<"GroupId">;
/** 16 random bytes, hex; fixed before sealing, the same in every sealing of the message. */
export type MessageId = Branded<"MessageId">;
/** 6 bytes of time and 10 random ones, hex; names one submission of one device, so that sending again is safe (P6). */
export type SubmissionId = Branded<"SubmissionId">;
/** 16 random bytes, hex, given by the server. */
export type AttachmentId = Branded<"AttachmentId">;
/** 32 random bytes, hex, given by the server: one registration of a PIN, from its start to its use. */
export type RegistrationId = Branded<"RegistrationId">;
/** `<user id>:<device id>@<org id>`: the identity in the MLS Basic credential of a leaf. */
export type ClientId = Branded<"ClientId">;

export const idPatterns = {
  orgId: /^[0-9a-f]{32}$/,
  userId: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  unitId: /^[a-z0-9][a-z0-9-]{0,39}$/,
  deviceId: /^[0-9a-f]{32}$/,
  roomId: /^[0-9a-f]{64}$/,
  messageId: /^[0-9a-f]{32}$/,
  submissionId: /^[0-9a-f]{32}$/,
  attachmentId: /^[0-9a-f]{32}$/,
  registrationId: /^[0-9a-f]{64}$/,
  clientId: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[0-9a-f]{32}@[0-9a-f]{32}$/,
} as const;

const parser =
  <Id extends string>(pattern: RegExp) =>
  (text: string): Id | undefined =>
    pattern.test(text) ? (text as Id) : undefined;

export const parseOrgId = parser<OrgId>(idPatterns.orgId);
export const parseUserId = parser<UserId>(idPatterns.userId);
export const parseUnitId = parser<UnitId>(idPatterns.unitId);
export const parseRoomId = parser<RoomId>(idPatterns.roomId);

const randomHex = (bytes: number): string => toHex(crypto.getRandomValues(new Uint8Array(bytes)));
export const newUserId = (): UserId => crypto.randomUUID() as UserId;
export const newMessageId = (): MessageId => randomHex(16) as MessageId;
/**
 * Begins with the time, as a UUID of version 7 does: ids that grow meet in one place of the server's index, and random
 * ones would each rewrite a page of it (docs/adr/0013). Nothing but that depends on the clock.
 * @param now milliseconds.
 */
export const newSubmissionId = (now: number = Date.now()): SubmissionId =>
  (now.toString(16).padStart(12, "0") + randomHex(10)) as SubmissionId;
export const newAttachmentId = (): AttachmentId => randomHex(16) as AttachmentId;

/** @param deviceKey Ed25519 public key, 32 bytes. */
export const deviceIdOf = (deviceKey: Uint8Array): DeviceId =>
  toHex(labelledHash("NIMes/device-id/v1", deviceKey).subarray(0, 16)) as DeviceId;

/** @param rootKey Ed25519 public key of the organisation root, 32 bytes. */
export const orgIdOf = (rootKey: Uint8Array): OrgId => toHex(rootKeyHash(rootKey).subarray(0, 16)) as OrgId;

/** What an organisation is known by: its server is started with it, and every letter names its first half. */
export const rootKeyHash = (rootKey: Uint8Array): Uint8Array => labelledHash("NIMes/root-key/v1", rootKey);

/** @param firstRoles payload bytes of version 1 of the room's RoomRoles, as signed. */
export const roomIdOf = (firstRoles: Uint8Array): RoomId =>
  toHex(labelledHash("NIMes/room-id/v1", firstRoles)) as RoomId;

export const firstGroupOf = (roomId: RoomId): GroupId => roomId as string as GroupId;
/** @param bytes 32, as they stand in signed structures and MLS messages. */
export const groupIdOf = (bytes: Uint8Array): GroupId => toHex(bytes) as GroupId;

export type ClientIdentity = { userId: UserId; deviceId: DeviceId; orgId: OrgId };

export const formatClientId = ({ userId, deviceId, orgId }: ClientIdentity): ClientId =>
  `${userId}:${deviceId}@${orgId}` as ClientId;

export function parseClientId(text: string): ClientIdentity | undefined {
  if (!idPatterns.clientId.test(text)) return undefined;
  return {
    userId: text.slice(0, 36) as UserId,
    deviceId: text.slice(37, 69) as DeviceId,
    orgId: text.slice(70) as OrgId,
  };
}

/** The user of a client id that has been parsed before. */
export const userOf = (clientId: ClientId): UserId => clientId.slice(0, 36) as UserId;
/** The device of a client id that has been parsed before. */
export const deviceOf = (clientId: ClientId): DeviceId => clientId.slice(37, 69) as DeviceId;
