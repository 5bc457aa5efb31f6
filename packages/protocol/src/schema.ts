/** TypeBox schemas shared by frames, routes, content and signed structures. */
import * as Type from "typebox";
import type {
  AttachmentId,
  ClientId,
  DeviceId,
  MessageId,
  OrgId,
  RegistrationId,
  RoomId,
  SubmissionId,
  UnitId,
  UserId,
} from "./ids.ts";
import { idPatterns } from "./ids.ts";
import { limits } from "./limits.ts";

/** A byte string of `min` to `max` bytes. */
export const Bytes = (max: number, min = 0) =>
  Type.Refine(
    Type.Unsafe<Uint8Array>({ description: `${min} to ${max} bytes`, "x-bytes": { min, max } }),
    (value) => value instanceof Uint8Array && value.byteLength >= min && value.byteLength <= max,
    () => `must be ${min} to ${max} bytes`,
  );
export const Bytes32 = Bytes(32, 32);
/** Ed25519 public key. */
export const PublicKey = Bytes(32, 32);
/** Ed25519 signature. */
export const Signature = Bytes(64, 64);

/** An object that refuses fields it does not name. */
export const Closed = <Properties extends Type.TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

const id = <Id extends string>(pattern: RegExp) =>
  Type.Unsafe<Id>(Type.String({ pattern: pattern.source, maxLength: 110 }));
export const OrgIdText = id<OrgId>(idPatterns.orgId);
export const UserIdText = id<UserId>(idPatterns.userId);
export const UnitIdText = id<UnitId>(idPatterns.unitId);
export const DeviceIdText = id<DeviceId>(idPatterns.deviceId);
export const RoomIdText = id<RoomId>(idPatterns.roomId);
export const MessageIdText = id<MessageId>(idPatterns.messageId);
export const SubmissionIdText = id<SubmissionId>(idPatterns.submissionId);
export const AttachmentIdText = id<AttachmentId>(idPatterns.attachmentId);
export const RegistrationIdText = id<RegistrationId>(idPatterns.registrationId);
export const ClientIdText = id<ClientId>(idPatterns.clientId);

/** A count, sequence number or size. */
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Identity of an MLS group. The first of a room has the room's id, each refounding names a new one. */
export const GroupId = Bytes(32, 32);
/** Of frames and routes, see `limits`; a newer one than this program knows is a version, too. */
export const ProtocolVersion = Type.Integer({ minimum: 1, maximum: 1_000_000 });
/** Milliseconds since 1970-01-01T00:00:00Z. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A time in a signed structure: bounded, so that nothing that was signed once stands before everything else for ever. */
export const SignedTime = Type.Integer({ minimum: 0, maximum: limits.maxSignedTime });
/** A version, generation or sequence in a signed structure. */
export const SignedNumber = Type.Integer({ minimum: 1, maximum: limits.maxSignedNumber });
export const Name = Type.String({ minLength: 1, maxLength: limits.maxNameLength });
export const DeviceClass = Type.Union([Type.Literal("service"), Type.Literal("private")]);
export type DeviceClass = Type.Static<typeof DeviceClass>;

/**
 * A signed structure as it travels: the payload's CBOR bytes, never encoded again, and who signed them. What
 * kind of structure it is follows from where it stands and is part of what is signed.
 */
export const Signed = Closed({
  payload: Bytes(limits.maxSignedBytes, 1),
  signatures: Type.Array(Closed({ key: PublicKey, signature: Signature }), { minItems: 1, maxItems: 4 }),
});
export type Signed = Type.Static<typeof Signed>;
