/** Frames a device sends. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import {
  Bytes,
  ClientIdText,
  Closed,
  Count,
  ProtocolVersion,
  RoomIdText,
  Signature,
  Signed,
  SubmissionIdText,
} from "../schema.ts";

/** Path of the WebSocket. */
export const socketPath = "/v1/socket";

/** First frame of every connection: token, device key over the server's challenge, and where this device stands. */
export const HelloFrame = Closed({
  type: Type.Literal("hello"),
  /** Version of the protocol that this app speaks. */
  version: ProtocolVersion,
  token: Type.String({ maxLength: 2048 }),
  /** By the device key, over the challenge, as type `SocketHello`. */
  signature: Signature,
  /**
   * Last entry that is durably applied, per room. A room that is missing here, or a cursor that cannot be, is sent from
   * the entry on that brought this device in: until a member has confirmed its place in the log, nothing else is sure.
   */
  cursors: Type.Array(Closed({ roomId: RoomIdText, sequence: Count }), { maxItems: limits.maxCursors }),
  /** Last inbox item that is durably applied. */
  inboxSequence: Count,
  /** The last stamp that this server has given, as it was. */
  stamp: Type.Optional(Bytes(limits.maxStampBytes, 1)),
});
export type HelloFrame = Type.Static<typeof HelloFrame>;

/** A Welcome for all added devices, and who sends it: both, or neither. */
const welcome = {
  welcome: Type.Optional(Bytes(limits.maxWelcomeBytes, 1)),
  /** Signed `WelcomeProof`. */
  welcomeProof: Type.Optional(Signed),
};
/** Client ids of all leaves of the tree that is meant. */
const devices = Type.Array(ClientIdText, { minItems: 1, maxItems: limits.maxRoomDevices });

/**
 * Founds a room: entry 1 of its log. `again`: the server has lost it with a restored backup, and its log goes on behind an entry
 * that says so, because others have it further.
 */
export const FoundSubmission = Closed({
  kind: Type.Literal("found"),
  roles: Signed,
  again: Type.Optional(Type.Literal(true)),
});
/** The next version of the room's roles. */
export const RolesSubmission = Closed({ kind: Type.Literal("roles"), roles: Signed });
/** Signed `RoomLeave`: the user of this device leaves. */
export const LeaveSubmission = Closed({ kind: Type.Literal("leave"), leave: Signed });
export const CommitSubmission = Closed({
  kind: Type.Literal("commit"),
  /** Epoch that the commit ends; refused as `stale-epoch` unless it is the current one (P5). */
  epoch: Count,
  bytes: Bytes(limits.maxCommitBytes, 1),
  groupInfo: Bytes(limits.maxGroupInfoBytes, 1),
  /** After the commit. */
  devices,
  ...welcome,
  /** Signed `RejoinProof`, with which a device that is a member heals itself by an external commit. */
  rejoin: Type.Optional(Signed),
});
/** The room goes on in a new group. */
export const RefoundSubmission = Closed({
  kind: Type.Literal("refound"),
  /** Signed `Refounding`. */
  refounding: Signed,
  /** Of the new group: 1 after its first commit, which adds everybody; 0 or 1 while its author is alone and there is no Welcome. */
  epoch: Type.Integer({ minimum: 0, maximum: 1 }),
  /** In the new group. */
  devices,
  groupInfo: Bytes(limits.maxGroupInfoBytes, 1),
  ...welcome,
});
export const ApplicationSubmission = Closed({
  kind: Type.Literal("application"),
  epoch: Count,
  bytes: Bytes(limits.maxMessageBytes, 1),
});
export const Submission = Type.Union([
  FoundSubmission,
  RolesSubmission,
  LeaveSubmission,
  CommitSubmission,
  RefoundSubmission,
  ApplicationSubmission,
]);
export type Submission = Type.Static<typeof Submission>;

/** Appends to a room log. The same submission id always gets the same answer (P6). */
export const SubmitFrame = Closed({
  type: Type.Literal("submit"),
  submissionId: SubmissionIdText,
  roomId: RoomIdText,
  submission: Submission,
});
export type SubmitFrame = Type.Static<typeof SubmitFrame>;

/** Everything up to this entry is durably applied on this device. */
export const AckFrame = Closed({ type: Type.Literal("ack"), roomId: RoomIdText, sequence: Count });
export type AckFrame = Type.Static<typeof AckFrame>;

/**
 * This inbox item, and no other, is done with on this device; the server deletes it. `welcome`: SHA-256 of the Welcome in it,
 * so that a number which a client was told wrongly deletes nothing that it has never seen.
 */
export const InboxAckFrame = Closed({
  type: Type.Literal("inbox-ack"),
  sequence: Count,
  welcome: Bytes(32),
});
export type InboxAckFrame = Type.Static<typeof InboxAckFrame>;

/**
 * A fresh token before the old one ends. The signature is by the device key, as type `SocketRenewal`, over the challenge of
 * this connection followed by the SHA-256 of the token.
 */
export const RenewFrame = Closed({
  type: Type.Literal("renew"),
  token: Type.String({ maxLength: 2048 }),
  signature: Signature,
});
export type RenewFrame = Type.Static<typeof RenewFrame>;

/** Is the connection alive? A browser cannot see the protocol's own pings, so a half-open one is found by asking. */
export const PingFrame = Closed({ type: Type.Literal("ping") });

export const ClientFrame = Type.Union([
  HelloFrame,
  SubmitFrame,
  AckFrame,
  InboxAckFrame,
  RenewFrame,
  PingFrame,
]);
export type ClientFrame = Type.Static<typeof ClientFrame>;
